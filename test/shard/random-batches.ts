import fc from 'fast-check';
import { makeData, RecordBatch, Struct } from 'apache-arrow';
import type { FormatDescription, FormatOptions, ReadableFile } from '../../src/core/format.js';
import { arrowSchema, type Column } from '../../src/core/types.js';
import { loadSource } from '../../src/source/registry.js';
import { randomColumns, rowFrame } from '../source/postgres/decode/random-columns.js';

const createDecoder = (await loadSource('postgres')).createDecoder!;

/** One column of every type. */
export const columns: readonly Column[] = randomColumns.map(({ wire, type }, index) => {
  return { name: `c${index}`, sourceType: wire, type, wire, exactness: 'exact', redacted: false };
});
export const schema = arrowSchema(columns);

/** Rows of every type, with NULLs; the same in every run. */
export function batchOf(rows: number, seed: number): RecordBatch {
  const decoder = createDecoder(columns, { misfit: 'fail', infinity: 'misfit' });
  const fields = fc.tuple(...randomColumns.map(({ field }) => fc.option(field, { freq: 4 })));
  for (const row of fc.sample(fields, { numRuns: rows, seed })) {
    const frame = rowFrame(row);
    decoder.add(frame, 0, frame.length);
  }
  const { data } = decoder.finish();
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children: data.children }));
}

/** Bytes as a file. */
export function fileOf(bytes: Uint8Array): ReadableFile {
  return {
    read: (buffer, offset, length, position) => {
      const part = bytes.subarray(position, Math.min(bytes.length, position + length));
      buffer.set(part, offset);
      return Promise.resolve({ bytesRead: part.length });
    },
  };
}

/** A file of these row groups, written in the format. */
export async function writeFile(
  description: FormatDescription,
  compression: FormatOptions['compression'],
  batches: readonly RecordBatch[],
): Promise<Uint8Array> {
  const options: FormatOptions = { format: description.name, compression, createdBy: 'a test' };
  const format = await description.load();
  const encoder = await format.encoder(columns, options);
  const assembler = format.assembler(columns, options);
  const pieces = [assembler.begin().slice()];
  for (const batch of batches) pieces.push(assembler.add(encoder.encode(batch)).slice());
  pieces.push(assembler.finish().slice());
  return Buffer.concat(pieces);
}
