import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import type { ShardReadOptions } from '../../src/core/format.js';
import { plainData } from '../../src/core/arrow/plain-data.js';
import { formats } from '../../src/shard/registry.js';
import { arrowFormat } from '../ports/arrow-format.js';
import { arrowText } from '../readers/arrow-text.js';
import { batchOf, columns, fileOf, schema, writeFile } from './random-batches.js';

type Text = ReturnType<typeof arrowText>;

/** The values of each column, as canonical text. */
function valuesOf(batches: readonly RecordBatch[]): Record<string, Text[]> {
  const names = batches[0]?.schema.fields ?? [];
  return Object.fromEntries(
    names.map(({ name, metadata }, index) => [
      name,
      batches.flatMap(({ data, numRows }) => {
        const child = plainData(data.children[index]!);
        return Array.from({ length: numRows }, (_, row) => arrowText(child, row, metadata.get('ARROW:extension:name')));
      }),
    ]),
  );
}

/** What every format's reader must do, which did not write the files. */
describe.each([...formats, arrowFormat])('the reader of the format $name', (description) => {
  const compression = description.codecs[0]!;
  const as = { columns, compression };
  const write = (batches: readonly RecordBatch[]): Promise<Uint8Array> => writeFile(description, compression, batches);

  async function read(bytes: Uint8Array, more: Partial<ShardReadOptions> = {}): Promise<RecordBatch[]> {
    const reader = await description.loadReader();
    const batches: RecordBatch[] = [];
    for await (const batch of reader.read(fileOf(bytes), { bytes: bytes.length, as, ...more })) batches.push(batch);
    return batches;
  }

  it('gives every value of every type, in order, as the types that were written', async () => {
    const written = [batchOf(70, 1), batchOf(3, 2), batchOf(40, 3)];
    const expected = valuesOf(written);
    const found = await read(await write(written));
    const types = (of: RecordBatch['schema']): string[] => of.fields.map(({ name, type }) => `${name} ${String(type)}`);
    for (const batch of found) expect(types(batch.schema)).toEqual(types(schema));
    expect(found.reduce((sum, { numRows }) => sum + numRows, 0)).toBe(113);
    expect(valuesOf(found)).toEqual(expected);
  });

  it('gives only the columns asked for, in the order asked', async () => {
    const written = [batchOf(20, 4), batchOf(20, 5)];
    const [last, first] = [columns.at(-1)!.name, columns[0]!.name];
    const expected = valuesOf(written);
    const found = await read(await write(written), { columns: [last, first] });
    expect(found[0]!.schema.fields.map(({ name }) => name)).toEqual([last, first]);
    expect(valuesOf(found)).toEqual({ [last]: expected[last], [first]: expected[first] });
  });

  it('gives nothing of a file without rows', async () => {
    expect((await read(await write([]))).reduce((sum, { numRows }) => sum + numRows, 0)).toBe(0);
  });

  // CSV files have no row groups, and lines are taken apart whole.
  if (description.name !== 'csv')
    it('reads one row group at a time, and of it what is asked for', async () => {
      const bytes = await write(Array.from({ length: 8 }, (_, seed) => batchOf(200, seed)));
      let asked = 0;
      const file = fileOf(bytes);
      const counting = { read: (...args: Parameters<typeof file.read>) => ((asked += args[2]), file.read(...args)) };
      const reader = await description.loadReader();
      const batches = reader.read(counting, { bytes: bytes.length, as, columns: [columns[0]!.name] });
      await batches.next();
      const first = asked;
      while ((await batches.next()).done !== true);
      expect(first).toBeLessThan(asked);
      expect(asked).toBeLessThan(bytes.length / 2);
    });

  it('refuses a column that is not there, and bytes that are no file of the format', async () => {
    const bytes = await write([batchOf(20, 6)]);
    await expect(read(bytes, { columns: ['absent'] })).rejects.toMatchObject({ code: 'request.invalid' });
    for (const broken of [new Uint8Array(bytes.length), bytes.subarray(0, bytes.length - 100)]) {
      await expect(read(broken)).rejects.toMatchObject({ code: 'verification.failed' });
    }
  });

  it('stops with the reason of its signal', async () => {
    const reason = new Error('enough');
    await expect(read(await write([batchOf(9, 7)]), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
