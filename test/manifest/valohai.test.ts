import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/core/types.js';
import type { ShardReceipt } from '../../src/core/shard.js';
import { buildManifest } from '../../src/manifest/build.js';
import type { ManifestInput } from '../../src/manifest/build-input.js';
import { checkDateColumn, dateRange } from '../../src/manifest/date-range.js';
import { encodeManifest } from '../../src/manifest/encode.js';
import { inValohai, valohaiLineage, valohaiOutputs } from '../../src/manifest/platform.js';
import { checkProperties } from '../../src/manifest/properties.js';
import { metadataLines } from '../../src/manifest/valohai.js';
import { factsOf } from './facts.js';
import { asking, columns, input, plan, inputShards } from './inputs.js';

interface Line {
  readonly file: string;
  readonly metadata: Record<string, unknown>;
}

function linesOf(change: Partial<ManifestInput> = {}): Line[] {
  return metadataLines(buildManifest({ ...input, ...change })).map((line) => JSON.parse(line) as Line);
}

describe('metadata lines', () => {
  test('one line a file, shards first, by paths from the outputs root', () => {
    expect(linesOf().map((line) => line.file)).toEqual([
      'customer-data/2024-q1/customer-data-2024-q1-00000.parquet',
      'customer-data/2024-q1/customer-data-2024-q1-00001.parquet',
      'customer-data/2024-q1/_manifest.2024-q1.json',
    ]);
  });

  test('the same dataset version on every file, with its alias, and no datum alias', () => {
    for (const { metadata } of linesOf()) {
      expect(metadata['valohai.dataset-versions']).toEqual([
        {
          uri: 'dataset://customer-data/2024-q1',
          from: 'dataset://customer-data/2023-q4',
          targeting_aliases: ['production'],
        },
      ]);
      expect(metadata['valohai.tags']).toEqual(['snapshot', '2024-q1', 'production']);
      expect(metadata).not.toHaveProperty(['valohai.alias']);
    }
  });

  test('keys that were not asked for are absent', () => {
    const bare = { ...plan, from: undefined, alias: undefined, tags: [], properties: {} };
    const { metadata } = linesOf({ plan: bare, ...asking({ dateColumn: undefined }) })[0]!;
    expect(metadata['valohai.dataset-versions']).toEqual([{ uri: 'dataset://customer-data/2024-q1' }]);
    expect(Object.keys(metadata)).not.toEqual(expect.arrayContaining(['valohai.tags']));
    expect(metadata).not.toHaveProperty('date_range');
    expect(metadata).not.toHaveProperty('source_table');
  });

  test("the guide's properties: rows by file and by version, the query as it was written, the user's own", () => {
    const [first, second, own] = linesOf();
    expect(first!.metadata).toMatchObject({
      query_date: '2024-01-15',
      query: input.tables[0]!.plan.query,
      row_count: 3,
      version_row_count: 5,
      date_range: '2023-12-31 to 2024-03-31',
      source_database: 'production_db',
      source_table: 'customers',
      team: 'growth',
      'tidemark.queried-at': '2024-01-15T10:30:00.000Z',
    });
    expect(second!.metadata).toMatchObject({ row_count: 2, version_row_count: 5 });
    expect(own!.metadata).not.toHaveProperty('row_count');
  });

  test("the manifest's line anchors its bytes and every line the version's id", () => {
    const manifest = buildManifest(input);
    const sha256 = createHash('sha256').update(encodeManifest(manifest)).digest('hex');
    expect(linesOf().at(-1)!.metadata).toMatchObject({ 'tidemark.kind': 'manifest', 'tidemark.sha256': sha256 });
    expect(new Set(linesOf().map((line) => line.metadata['tidemark.id']))).toEqual(new Set([manifest.id]));
  });

  test('of a table: its name, and the query that gives the same rows', () => {
    const [table] = input.tables;
    const named = { ...table!.plan, query: undefined, table: 'public.customers' };
    const read = { ...table!, plan: named, request: { ...table!.request, limit: 5 } };
    expect(linesOf({ tables: [read], plan: { ...plan, properties: {} } })[0]!.metadata).toMatchObject({
      source_table: 'public.customers',
      query: 'SELECT * FROM public.customers LIMIT 5',
    });
  });

  test('of several tables: each shard names its own, the manifest all', () => {
    const [table] = input.tables;
    const made = (name: string) => ({
      ...table!,
      plan: { ...table!.plan, name, query: undefined, table: `public.${name}` },
    });
    const lines = linesOf({ tables: [made('a'), made('b')], plan: { ...plan, properties: {} } });
    expect(lines.map((line) => line.metadata['source_table'])).toEqual([
      'public.a',
      'public.a',
      'public.b',
      'public.b',
      'public.a, public.b',
    ]);
    expect(lines.at(-1)!.metadata).not.toHaveProperty('query');
  });

  test('a range of dates stands on files of tables that have the column', () => {
    const [table] = input.tables;
    const other = {
      ...table!.plan,
      name: 'b',
      columns: columns.map((column) => ({ ...column, name: `_${column.name}` })),
    };
    const lines = linesOf({ tables: [table!, { ...table!, plan: other }] });
    expect(lines.map((line) => 'date_range' in line.metadata)).toEqual([true, true, false, false, true]);
  });
});

describe('properties', () => {
  test.each(['valohai.tags', 'Valohai.alias', 'tidemark.id', 'row_count', 'query', 'query_date', ''])(
    '%j is refused',
    (key) => {
      expect(() => checkProperties({ [key]: 1 })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    },
  );

  test('others are free, and what a query does not say may be told', () => {
    checkProperties({ source_table: 'customers', source_database: 'x', team: { name: ['growth'] }, valohai: 1 });
    expect(() => checkProperties({ score: Number.NaN })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });
});

/** The shard, with other bounds of its second column. */
function withRange(shard: ShardReceipt, column: Column, min: string, max: string) {
  const [told] = factsOf([column], 1, [{ nulls: 0, min, max }]).columns;
  const { facts } = shard;
  return { ...shard, facts: { ...facts, columns: facts.columns.with(1, told!) } };
}

describe('the date range', () => {
  test('is of days, of years before Christ and past 9999 too', () => {
    const [table] = input.tables;
    const shard = (min: string, max: string) => {
      const only = inputShards[0]!;
      return withRange(only, columns[1]!, min, max);
    };
    const shards = [shard('-0043-03-15', '2024-01-01'), shard('2020-01-01', '+10000-01-01')];
    const { version } = buildManifest({ ...input, tables: [{ ...table!, targets: [{ shards }] }] });
    expect(dateRange(version.tables)).toBe('-000043-03-15 to +010000-01-01');
    expect(
      dateRange(buildManifest({ ...input, ...asking({ dateColumn: 'no_such_column' }) }).version.tables),
    ).toBeUndefined();
  });

  test('takes the day of a timestamp', () => {
    const [table] = input.tables;
    const at = columns.map((column) =>
      column.name === 'signup_date' ? { ...column, type: { kind: 'timestamp', utc: true } as const } : column,
    );
    const shards = inputShards.map((shard) =>
      withRange(shard, at[1]!, '2024-01-01T00:00:00Z', '2024-03-31T23:59:59.999999Z'),
    );
    const { version } = buildManifest({
      ...input,
      tables: [{ ...table!, plan: { ...table!.plan, columns: at }, targets: [{ shards }] }],
    });
    expect(dateRange(version.tables)).toBe('2024-01-01 to 2024-03-31');
  });

  test.each([
    ['signup_dat', /no column "signup_dat"/],
    ['customer_id', /"customer_id" is int, not a date/],
  ])('refuses the column %s', (name, message) => {
    expect(() => checkDateColumn(name, [{ columns }])).toThrow(message);
  });

  test('refuses a redacted column', () => {
    const hidden = columns.map((column) => ({ ...column, redacted: true }));
    expect(() => checkDateColumn('signup_date', [{ columns: hidden }])).toThrow(/is redacted/);
    checkDateColumn('signup_date', [{ columns }]);
  });
});

describe('the platform', () => {
  const execution = {
    'valohai.execution-id': '018d0c0f',
    'valohai.execution-counter': 42,
    'valohai.execution-step': 'snapshot',
    'valohai.execution-tags': ['a', 'b'],
    'valohai.project-name': 'org/project',
    'valohai.commit-identifier': 'deadbeef',
  };

  test('is Valohai if and only if VH_JOB_ID is not empty', () => {
    expect(inValohai({ VH_JOB_ID: '' })).toBe(false);
    expect(valohaiLineage({ VH_PROJECT_ID: 'p' }, () => '{}')).toBeUndefined();
    expect(valohaiOutputs({ VH_OUTPUTS_DIR: '/x' })).toBeUndefined();
    expect(valohaiOutputs({ VH_JOB_ID: 'j' })).toBe('/valohai/outputs');
    expect(valohaiOutputs({ VH_JOB_ID: 'j', VH_OUTPUTS_DIR: '/x' })).toBe('/x');
  });

  test('lineage comes from the environment and from execution.json in the configuration folder', () => {
    const asked: string[] = [];
    const env = { VH_JOB_ID: 'exec-1', VH_PROJECT_ID: 'p1', VH_PIPELINE_ID: '', VH_CONFIG_DIR: '/config' };
    const lineage = valohaiLineage(env, (path) => {
      asked.push(path);
      return JSON.stringify(execution);
    });
    expect(asked).toEqual(['/config/execution.json']);
    expect(lineage).toEqual({
      platform: 'valohai',
      'job-id': 'exec-1',
      'project-id': 'p1',
      'execution-id': '018d0c0f',
      'execution-counter': '42',
      'execution-step': 'snapshot',
      'execution-tags': ['a', 'b'],
      'project-name': 'org/project',
      'commit-identifier': 'deadbeef',
    });
  });

  test.each(['no file', 'not JSON', '[]', 'null'])('lineage never stops a run: %s', (content) => {
    const readFile = () => {
      if (content === 'no file') throw new Error('ENOENT');
      return content;
    };
    expect(valohaiLineage({ VH_JOB_ID: 'j' }, readFile)).toEqual({ platform: 'valohai', 'job-id': 'j' });
  });

  test('lineage that holds half a character never stops a run', () => {
    const lineage = valohaiLineage({ VH_JOB_ID: 'j' }, () => '{"valohai.execution-title":"a\\ud83d"}');
    expect(lineage).toEqual({ platform: 'valohai', 'job-id': 'j', 'execution-title': 'a\ufffd' });
  });

  test('a property without a value takes nothing away', () => {
    const [first] = linesOf({ plan: { ...plan, properties: { source_database: undefined } } });
    expect(first!.metadata['source_database']).toBe('production_db');
  });
});
