import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import type { ExpectedShard } from '../../src/core/format.js';
import { formatOf, formats } from '../../src/shard/registry.js';
import { arrowFormat } from '../ports/arrow-format.js';
import { batchOf, columns, fileOf, writeFile } from './random-batches.js';

it('a format of another version of the tool is refused in words', () => {
  expect(() => formatOf('orc')).toThrow('the format "orc" is not known; known is parquet, csv');
});

/** What every format must do, whatever its bytes are. */
describe.each([...formats, arrowFormat])('the format $name', (description) => {
  async function write(batches: readonly RecordBatch[]): Promise<{ bytes: Uint8Array; expected: ExpectedShard }> {
    const format = await description.load();
    const bytes = await writeFile(description, 'none', batches);
    const nulls = (index: number): number =>
      batches.reduce((sum, { data }) => sum + data.children[index]!.nullCount, 0);
    const stored = columns.map(({ name, type }, index) => ({
      name,
      stored: format.typeName(type),
      nulls: nulls(index),
    }));
    const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
    const as = { columns, compression: 'none' } as const;
    return { bytes, expected: { bytes: bytes.length, rows, rowGroups: batches.length, as, columns: stored } };
  }
  const check = async (bytes: Uint8Array, expected: ExpectedShard) =>
    (await description.loadChecker()).check(fileOf(bytes), expected, { depth: 'values', signal: undefined });

  it('is found by its name, and its ending begins with a dot', () => {
    if (description !== arrowFormat) expect(formatOf(description.name)).toBe(description);
    for (const codec of description.codecs) expect(description.endingOf(codec)).toMatch(/^\.[a-z.]+$/);
  });

  it.each([0, 1, 3])('its checker takes what it wrote: %i row groups', async (groups) => {
    const { bytes, expected } = await write(Array.from({ length: groups }, (_, i) => batchOf(20 + i, i)));
    expect(await check(bytes, expected)).toEqual({ rows: expected.rows, faults: [] });
  });

  it('the same rows are the same bytes, by another encoder too', async () => {
    const [first, second] = [await write([batchOf(50, 1)]), await write([batchOf(50, 1)])];
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
  });

  it('its checker finds other rows, NULLs, columns and types than are expected, and bytes that are none', async () => {
    const { bytes, expected } = await write([batchOf(20, 5)]);
    const [first, ...rest] = expected.columns;
    const faults = async (change: Partial<ExpectedShard>, of = bytes) =>
      (await check(of, { ...expected, ...change })).faults.map(({ kind }) => kind);
    expect(await faults({ rows: 21 })).toContain('rows');
    expect(await faults({ columns: [{ ...first!, nulls: first!.nulls! + 1 }, ...rest] })).toContain('rows');
    expect(await faults({ columns: [{ ...first!, name: 'other' }, ...rest] })).toContain('schema');
    expect(await faults({ columns: [{ ...first!, stored: 'other' }, ...rest] })).toContain('schema');
    expect(await faults({}, new Uint8Array(bytes.length))).toContain('unreadable');
  });
});
