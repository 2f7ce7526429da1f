import { makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import { plainData } from '../../src/core/arrow/plain-data.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { FormatDescription, ReadableFile, ShardFault } from '../../src/core/format.js';
import { arrowType } from '../../src/core/type-table.js';

const magicBytes = Buffer.from('COLUMNS');

/** A row group: how long this is (4 bytes, little-endian), this as JSON, and each column as an Arrow stream of its own. */
interface Header {
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly nulls: number;
    readonly bytes: number;
  }[];
}

function encode(batch: RecordBatch): Uint8Array {
  const { schema, numRows: rows } = batch;
  const children = batch.data.children.map(plainData);
  const streams = schema.fields.map((field, index) => {
    const type = new Struct([field]);
    const data = makeData({ type, length: rows, nullCount: 0, children: [children[index]!] });
    return tableToIPC(new Table([new RecordBatch(new Schema([field]), data)]), 'stream');
  });
  const columns = schema.fields.map(({ name, type }, index) => {
    return { name, type: String(type), nulls: children[index]!.nullCount, bytes: streams[index]!.length };
  });
  const header = Buffer.from(JSON.stringify({ rows, columns } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, ...streams]);
}

async function bytesOf(file: ReadableFile, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead !== length) throw new Error(`the file ends after byte ${from + bytesRead}`);
  return bytes;
}

async function* rowGroups(file: ReadableFile, size: number): AsyncGenerator<Header & { readonly at: number }> {
  if (!(await bytesOf(file, 0, magicBytes.length)).equals(magicBytes))
    throw new Error('it does not begin as it should');
  for (let at = magicBytes.length; at < size;) {
    const length = (await bytesOf(file, at, 4)).readUInt32LE();
    const header = JSON.parse((await bytesOf(file, at + 4, length)).toString()) as Header;
    at += 4 + length;
    yield { ...header, at };
    for (const { bytes } of header.columns) at += bytes;
  }
}

/** The least that a format of shards can be: columns of Arrow, one after the other. */
export const arrowFormat: FormatDescription = {
  name: 'arrow-columns',
  codecs: ['snappy', 'none'],
  endingOf: () => '.columns',
  shareOfSource: () => ({ least: 0.5, expected: 1 }),
  readingExample: (folder) => `ls ${folder}`,
  load: async () => ({
    typeName: (type) => String(arrowType(type)),
    encoder: async () => ({ encode: (batch) => ({ rows: batch.numRows, bytes: encode(batch), meta: undefined }) }),
    assembler: () => {
      let size = magicBytes.length;
      return {
        begin: () => magicBytes,
        sizeWith: ({ bytes }) => size + bytes.length,
        add: ({ bytes }) => ((size += bytes.length), bytes),
        finish: () => new Uint8Array(0),
      };
    },
  }),
  loadChecker: async () => ({
    async check(file, expected) {
      const found: Header[] = [];
      try {
        for await (const group of rowGroups(file, expected.bytes)) found.push(group);
      } catch (error) {
        return { rows: 0, faults: [{ kind: 'unreadable', message: String(error) }] };
      }
      const rows = found.reduce((sum, group) => sum + group.rows, 0);
      const faults: ShardFault[] = [];
      if (rows !== expected.rows) faults.push({ kind: 'rows', message: 'other rows' });
      if (found.length !== expected.rowGroups) faults.push({ kind: 'rows', message: 'other row groups' });
      for (const [index, { name, stored, nulls }] of expected.columns.entries()) {
        const columns = found.map((group) => group.columns[index]!);
        if (columns.some((column) => column.name !== name || column.type !== stored)) {
          faults.push({ kind: 'schema', message: 'another column', column: name });
        } else if (nulls !== columns.reduce((sum, column) => sum + column.nulls, 0)) {
          faults.push({ kind: 'rows', message: 'other NULLs', column: name });
        }
      }
      return { rows, faults };
    },
  }),
  loadReader: async () => ({
    async *read(file, { bytes, columns, signal }) {
      try {
        for await (const { rows, columns: all, at } of rowGroups(file, bytes)) {
          signal?.throwIfAborted();
          const parts: RecordBatch[] = [];
          for (const name of columns ?? all.map((column) => column.name)) {
            const index = all.findIndex((column) => column.name === name);
            if (index < 0) throw new TidemarkError('request.invalid', `there is no column "${name}"`);
            const from = all.slice(0, index).reduce((sum, column) => sum + column.bytes, at);
            parts.push(tableFromIPC(await bytesOf(file, from, all[index]!.bytes)).batches[0]!);
          }
          const fields = parts.flatMap((part) => part.schema.fields);
          const children = parts.map((part) => part.data.children[0]!);
          const data = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children });
          yield new RecordBatch(new Schema(fields), data);
        }
      } catch (error) {
        if (error instanceof TidemarkError || signal?.aborted === true) throw error;
        throw new TidemarkError('verification.failed', String(error), { cause: error });
      }
    },
  }),
};
