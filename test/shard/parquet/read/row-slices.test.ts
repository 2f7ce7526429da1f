import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../../src/core/types.js';
import type { LongestRow } from '../../../../src/core/longest-row.js';
import { read } from '../../../../src/shard/parquet/read/read.js';
import { column } from '../../../manifest/inputs.js';
import { queryDuckdb } from '../../../readers/index.js';
import { emptyFolder } from '../../../support/cli.js';
import { fileOf } from '../../random-batches.js';

const folder = emptyFolder('slices');

/** The batches of a file in one row group, which DuckDB has written of `select`. */
async function batchesOf(
  select: string,
  types: Readonly<Record<string, LogicalType>>,
  rows: number,
  longestRow?: LongestRow,
): Promise<RecordBatch[]> {
  const path = join(folder, `${crypto.randomUUID()}.parquet`);
  await queryDuckdb(`COPY (${select}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE ${rows}, COMPRESSION zstd)`);
  const bytes = readFileSync(path);
  const columns = Object.entries(types).map(([name, type]) => column(name, type.kind, type));
  const batches: RecordBatch[] = [];
  const as = { columns, compression: 'zstd' } as const;
  for await (const batch of read(fileOf(bytes), { bytes: bytes.length, as, longestRow })) batches.push(batch);
  expect(batches.reduce((sum, { numRows }) => sum + numRows, 0)).toBe(rows);
  return batches;
}

const int = { kind: 'int', bits: 64 } as const;
const text = { kind: 'text' } as const;
const bytesOf = ({ data }: RecordBatch): number => data.children.reduce((sum, child) => sum + child.byteLength, 0);

describe('a row group that takes more memory than is to be taken is read in slices:', () => {
  it('many rows', async () => {
    const rows = 12_000_000;
    const batches = await batchesOf(
      `SELECT i, CASE WHEN i % 1000 = 0 THEN NULL ELSE 7 END::BIGINT AS same FROM range(${rows}) t(i)`,
      { i: int, same: int },
      rows,
    );
    let next = 0n;
    let nulls = 0;
    for (const batch of batches) {
      const [own, same] = batch.data.children;
      for (const value of own!.values as BigInt64Array) if (value !== next++) throw new Error(`row ${next}: ${value}`);
      nulls += same!.nullCount;
    }
    expect([next, nulls]).toEqual([BigInt(rows), rows / 1000]);
  });

  it('long texts that are repeated, in batches that do not grow with them', async () => {
    const rows = 3000;
    const batches = await batchesOf(
      `SELECT CASE WHEN i % 3 = 0 THEN NULL WHEN i > 2000 THEN repeat('x', 200000) || i % 2 ELSE 'short' || i % 5 END AS t, i FROM range(${rows}) t(i)`,
      { t: text, i: int },
      rows,
    );
    expect(batches.length).toBeGreaterThan(3);
    expect(Math.max(...batches.map(bytesOf))).toBeLessThan(70 * 2 ** 20);
    let row = 0;
    for (const batch of batches)
      for (const value of batch.getChild('t')!) {
        const told = value as string | null;
        const expected = row % 3 === 0 ? undefined : row > 2000 ? [200_001, `${row % 2}`] : [6, `${row % 5}`];
        if (`${told === null ? undefined : [told.length, told.at(-1)!]}` !== `${expected}`)
          throw new Error(`row ${row}: ${told?.length}`);
        row += 1;
      }
  });

  it('lists', async () => {
    const rows = 40_000;
    const batches = await batchesOf(
      `SELECT list_transform(range(1000), x -> x + i) AS l FROM range(${rows}) t(i)`,
      { l: { kind: 'list', of: int } },
      rows,
    );
    let row = 0n;
    for (const batch of batches)
      for (const value of batch.getChild('l')!) {
        const list = value as { readonly length: number; get(index: number): bigint };
        if (list.length !== 1000 || list.get(0) !== row || list.get(999) !== row + 999n) throw new Error(`row ${row}`);
        row += 1n;
      }
  });
});

describe('what takes more memory than there is for a row is told, and not read:', () => {
  const room = { bytes: 2 ** 20, memory: { base: 200 * 2 ** 20, perByte: 5 } };
  const refused = (message: RegExp) => ({ code: 'memory.exhausted', message: expect.stringMatching(message) });

  it('a long text, by the page that has it', async () => {
    const long = `SELECT CASE i WHEN 70 THEN repeat('x', 2000000) ELSE 'y' END AS t FROM range(100) t(i)`;
    await expect(batchesOf(long, { t: text }, 100, room)).rejects.toMatchObject(
      refused(
        /^row group 0, column t: the page at byte \d+ takes 2\.00 MB, and there is memory for 1\.05 MB at once: with --memory 210MiB/,
      ),
    );
    const enough = { ...room, bytes: 3 * 2 ** 20 };
    expect(await batchesOf(long, { t: text }, 100, enough)).not.toHaveLength(0);
  });

  it('lists that repeat some values, whose page is short', async () => {
    const select = 'SELECT list_transform(range(3000), x -> x % 3) AS l FROM range(100)';
    await expect(batchesOf(select, { l: { kind: 'list', of: int } }, 100, room)).rejects.toMatchObject(
      refused(/^row group 0, column l: a page takes 2\.40 MB/),
    );
  });

  it('and rows that have room are read a few at a time', async () => {
    const rows = 2000;
    const select = `SELECT repeat('x', 10000) || i % 3 AS t FROM range(${rows}) t(i)`;
    const batches = await batchesOf(select, { t: text }, rows, room);
    expect(Math.max(...batches.map(({ numRows }) => numRows))).toBeLessThanOrEqual(105);
  });
});
