import { expect, it } from 'vitest';
import { factsCounter } from '../../../../src/core/arrow/batch-facts.js';
import { columnStatistics } from '../../../../src/core/statistics.js';
import { pageBounds } from '../../../../src/shard/parquet/read/page-bounds.js';
import { parquet } from '../../../../src/shard/parquet/description.js';
import { batchOf, columns, fileOf, schema, writeFile } from '../../random-batches.js';

const batches = [1, 2, 3].map((seed) => batchOf(300, seed));
const bytes = await writeFile(parquet, 'snappy', batches);
const as = { columns, compression: 'snappy' } as const;
const names = columns.map(({ name }) => name);

it('what is told of pages is what is counted of their rows, for every type', async () => {
  const groups = await pageBounds(fileOf(bytes), { bytes: bytes.length, as, columns: names });
  expect(groups).toHaveLength(batches.length);
  const countFacts = factsCounter(schema, new Set());
  const compared = new Set<string>();
  for (const [group, bounds] of groups.entries()) {
    const { columns: facts } = countFacts(batches[group]!);
    for (const [index, { name, type }] of columns.entries()) {
      const pages = bounds[index];
      const { min, max } = columnStatistics(facts[index]!, schema.fields[index]!);
      if (pages === undefined || min === undefined || max === undefined) continue;
      // So few rows are one page.
      expect(pages, `${name}: ${JSON.stringify(type)}`).toEqual([{ min, max }]);
      compared.add(type.kind);
    }
  }
  expect([...compared].sort()).toEqual([
    'bool',
    'date',
    'decimal',
    'float',
    'int',
    'text',
    'time',
    'timestamp',
    'uuid',
  ]);
});

it('of a file without its index nothing is told, and nothing is thrown', async () => {
  const { row_groups: groups } = (await import('hyparquet')).parquetMetadata(new Uint8Array(bytes).buffer);
  const damaged = Buffer.from(bytes);
  for (const { columns: chunks } of groups)
    for (const { column_index_offset: at = 0n, column_index_length: length = 0 } of chunks)
      damaged.fill(0xff, Number(at), Number(at) + length);
  const told = await pageBounds(fileOf(damaged), { bytes: damaged.length, as, columns: names });
  expect(new Set(told.flat())).toEqual(new Set([undefined]));
});

it('columns that the file does not have are told nothing of', async () => {
  expect(await pageBounds(fileOf(bytes), { bytes: bytes.length, as, columns: ['no such'] })).toEqual([
    [undefined],
    [undefined],
    [undefined],
  ]);
});
