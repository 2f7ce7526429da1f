import { expect, inject, it } from 'vitest';
import type { Column, LogicalType } from '../../src/core/types.js';
import { confusableColumns } from '../../src/snapshot/column-names.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

it('columns that differ in capital letters alone are warned of, in plan and run', async () => {
  const database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t ("A" int, a int, b int, "Ä" int, "ä" int)`);
  const env = { TIDEMARK_SOURCE: database.url };
  const args = ['--table', 't', '--dataset', 'dataset://t/v1', '--out', emptyFolder('names')];
  const expected = [
    expect.stringMatching(/^public\.t: the columns "A" and "a" differ in capital letters alone.*--query$/),
    expect.stringContaining('"Ä" and "ä"'),
  ];
  const plan = await tidemark(['plan', '--json', ...args], { env });
  expect(JSON.parse(plan.stdout)).toMatchObject({ warnings: expected });
  expect((await snapshotJson(args, { env })).warnings).toEqual([...expected, 'public.t: no rows']);
  await database.drop();
});

it('so are fields of structs, wherever they stand in a column', () => {
  const int: LogicalType = { kind: 'int', bits: 32 };
  const struct = (...fields: readonly (readonly [string, LogicalType])[]): LogicalType => ({
    kind: 'struct',
    fields: fields.map(([name, type]) => ({ name, type })),
  });
  const types: Record<string, LogicalType> = {
    one: struct(['A', int], ['a', int]),
    other: struct(['a', int], ['b', struct(['x', int], ['y', int])]),
    deep: { kind: 'list', of: struct(['in', { kind: 'map', key: int, value: struct(['k\n', int], ['K\n', int]) }]) },
  };
  const columns = Object.entries(types).map(([name, type]): Column => ({
    name,
    sourceType: 't',
    type,
    wire: 'w',
    exactness: 'exact',
    redacted: false,
  }));
  expect(confusableColumns([{ name: 't', table: undefined, columns }])).toEqual([
    expect.stringMatching(/^t: the fields "A" and "a" of "one" differ in capital letters alone/),
    expect.stringContaining('the fields "k\\u000a" and "K\\u000a" of "deep.in" differ'),
  ]);
});
