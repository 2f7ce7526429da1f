import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { alignColumns, labelled } from '../../src/cli/columns.js';
import { conceal } from '../../src/cli/failure.js';
import { previewLines } from '../../src/cli/plan.js';
import { knownSecrets } from '../../src/cli/secrets.js';
import { findingText } from '../../src/cli/verify.js';
import type { Preview } from '../../src/snapshot/result.js';

const plain = pc.createColors(false);

describe('columns', () => {
  it('line up, by characters and not by colour codes', () => {
    const { bold } = pc.createColors(true);
    const [first, second] = alignColumns([
      [bold('a'), 'ä', '1'],
      ['bbb', 'xy', '2'],
    ]);
    expect(first).toBe(`${bold('a')}    ä   1`);
    expect(second).toBe('bbb  xy  2');
  });

  it('keep several lines of a last cell under each other', () => {
    expect(labelled([['query', 'SELECT 1\nFROM t']])).toEqual(['  query  SELECT 1', '         FROM t']);
  });
});

describe('secrets', () => {
  it('are known from the words and the environment', () => {
    const words = ['snapshot', '--source', 'postgres://u:p%40ss1@h/d?sslpassword=key1', '--secret-param=a=one=1'];
    const env = {
      PGPASSWORD: 'pgpass',
      PGSSLPASSWORD: 'pgkey',
      TIDEMARK_PARAM_X: 'param',
      TIDEMARK_SOURCE: 'postgres://u:other@h/d',
      HOME: '/h',
    };
    const found = knownSecrets([...words, '--secret-param', 'b=two', '--secret-param', 'c', '--table', 't'], env);
    expect(new Set(found)).toEqual(
      new Set([
        'p%40ss1',
        'p@ss1',
        'key1',
        'one=1',
        'two',
        'pgpass',
        'pgkey',
        'param',
        'other',
        'postgres://u:other@h/d',
      ]),
    );
  });

  it('are hidden in a text, also as a URL writes them', () => {
    expect(conceal('no "p@ss1" and p%40ss1, but abc', ['p@ss1', 'abc'])).toBe('no "***" and ***, but abc');
  });
});

it('a finding says where, what, and what was expected', () => {
  const place = { file: 'a.parquet', column: 'price', rowGroup: 2, message: 'another value' };
  const finding = { ...place, kind: 'rows', severity: 'error', expected: '1', found: '2' } as const;
  expect(findingText(finding, plain)).toBe(
    'wrong    a.parquet, row group 2, column price: another value (expected 1, found 2)',
  );
  const slight = { kind: 'extra', severity: 'warning', file: 'x', message: 'not of this version' } as const;
  expect(findingText(slight, plain)).toBe('warning  x: not of this version');
});

it('a preview shows types, exactness, ranges and names', () => {
  const columns = [
    {
      name: 'id',
      sourceType: 'bigint',
      type: { kind: 'int', bits: 64 },
      wire: 'int8',
      exactness: 'exact',
      redacted: false,
    },
    {
      name: 'ip',
      sourceType: 'inet',
      type: { kind: 'text' },
      wire: 'text',
      exactness: 'widened',
      note: 'kept as text',
      redacted: true,
    },
  ] as const;
  const preview: Preview = {
    server: { kind: 'postgres', version: '16.2', database: 'shop', host: 'db', user: 'ml' },
    certificate: { level: 'snapshot', isolation: 'repeatable read', lsn: '0/1' },
    tables: [
      {
        ...{ name: 'orders', table: 'sales.orders', query: undefined, columns, estimatedRows: 1_234_567.8 },
        ...{ ranges: ['a', 'b', 'c', 'd', 'e'], sourceBytes: 5_000_000, statement: 'COPY (…) TO STDOUT' },
        expected: ['id unique', 'rows min 1,000 (a warning)'],
      },
      {
        name: 'q',
        table: undefined,
        query: 'SELECT 1',
        columns: [],
        expected: [],
        ranges: ['all'],
        estimatedRows: undefined,
        sourceBytes: undefined,
      },
    ],
    ...{
      lanes: 2,
      lanesBecause: 'as many as there are cores',
      scratchBytes: 50_000_000,
      room: [
        {
          ...{ place: '/out', holds: ['files'], freeBytes: 8_000_000_000 },
          ...{ leastBytes: 250_000, expectedBytes: 2_500_000, unknown: ['q'] },
        },
        {
          ...{ place: '/tmp', holds: ['scratch'], freeBytes: 9_000_000 },
          ...{ leastBytes: 0, expectedBytes: 5_000_000, unknown: [] },
        },
      ],
      version: 'dataset://o/1',
      location: '/out/o/1',
      shardNames: ['o-1-00000.parquet'],
      splits: [],
      sample: { below: 10_000_000, key: ['customer'], salt: '' },
      partitions: [],
      casts: [],
      versions: [{ version: 'dataset://o/1', location: '/out/o/1' }],
      shardSize: 128 * 1024 * 1024,
      warnings: [],
    },
  };
  expect(`\n${previewLines(preview, plain).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    dataset://o/1
      source   postgres 16.2, database shop on db, as ml
      moment   snapshot (repeatable read), lsn 0/1
      lanes    2, as many as there are cores
      scratch  about 50.0 MB on disk at a time at most, removed when the run ends
      room     about 2.50 MB needed, and what q will take is not known; 8.00 GB free at /out
      room     about 5.00 MB needed for scratch data, 9.00 MB free at /tmp
      sample   1 % of the entities, by hash of customer
      folder   /out/o/1
      files    o-1-00000.parquet, …: as many as are needed, each at most 134 MB or one row group

    orders (sales.orders)
      rows       about 1,234,568, 5.00 MB on the server
      ranges     5: a; b; c; d; …
      statement  COPY (…) TO STDOUT
      expected   id unique
      expected   rows min 1,000 (a warning)
      column  source type  Arrow type  values   note
      id      bigint       int64       exact
      ip      inet         utf8        widened  kept as text; statistics redacted

    q (query)
      rows    not known
      ranges  1: all
      column  source type  Arrow type  values  note
    "
  `);
});
