import { DataType, Dictionary, Int32, makeData, RecordBatch, Schema, Struct, tableFromIPC, Utf8 } from 'apache-arrow';
import { ParquetFile, type RecordBatch as WasmBatch } from 'parquet-wasm/node';
import { TidemarkError } from '../../../core/errors.js';
import type { ReadableFile, ShardReadOptions } from '../../../core/format.js';
import { asType } from '../../../core/arrow/as-type.js';
import { isSameType } from '../../../core/arrow/same-type.js';
import { arrowSchema } from '../../../core/types.js';
import { fileColumns } from './file-columns.js';
import { fileBuffer, readFooter } from './footer.js';
import { hintedFile } from './hinted-file.js';
import { readable } from './readable.js';
import { readWhole } from './read-whole.js';
import { type RowSlice, rowSlices } from './row-slices.js';
import { isTrap, TrapWatch } from './traps.js';

/**
 * Reads a Parquet file by the Rust implementation of Parquet and Arrow, compiled to WebAssembly, one row group after the other:
 * see docs/decisions/shard-reader.md. Files of other writers come in the types that are wanted, too.
 */
export async function* read(file: ReadableFile, options: ShardReadOptions): AsyncGenerator<RecordBatch> {
  const { as, columns, rowGroups, dictionaries = [], longestRow, signal } = options;
  const wanted = arrowSchema(as.columns);
  assertColumns(
    columns ?? [],
    wanted.fields.map(({ name }) => name),
  );
  const selected = columns
    ? new Schema(columns.map((column) => wanted.fields.find(({ name }) => name === column)!))
    : wanted;
  const watch = new TrapWatch();
  const buffer = fileBuffer(file, options.bytes);
  let parquet: ParquetFile | undefined;
  try {
    const footer = await readable(readFooter(file, options.bytes));
    const stored = fileColumns(footer.schema).filter(({ elements }) => columns?.includes(elements[0]!.name) ?? true);
    parquet = await readable(watch.orTrap(openAs(file, options.bytes, { wanted, dictionaries })));
    // All batches of a file are of one schema.
    let isAsWanted: boolean | undefined;
    for (const rowGroup of rowGroups ?? footer.row_groups.keys()) {
      for (const slice of await readable(rowSlices(buffer, footer, { columns: stored, rowGroup, longestRow }))) {
        signal?.throwIfAborted();
        const asked = { rowGroups: [rowGroup], ...slicing(slice), ...(columns && { columns: [...columns] }) };
        const stream = await readable(watch.orTrap(parquet.stream({ ...asked, concurrency: 1 })));
        for await (const batch of batchesOf(stream, watch)) {
          const chosen = columns ? inOrder(batch, columns) : batch;
          isAsWanted ??= isOf(chosen.schema, selected);
          yield isAsWanted ? chosen : inTypes(chosen, selected);
        }
      }
    }
  } finally {
    afterFailure(() => parquet?.free());
    watch.release();
  }
}

/** What the reader is asked for. */
const slicing = ({ offset, rows, batchRows, isWhole }: RowSlice) => ({
  batchSize: batchRows,
  ...(!isWhole && { offset, limit: rows }),
});

/** Where damaged bytes have brought the reader down, nothing that is asked of it afterwards says more. */
function afterFailure(clear: () => void): void {
  try {
    clear();
  } catch (thrown) {
    if (!isTrap(thrown)) throw thrown;
  }
}

interface HowToRead {
  readonly wanted: Schema;
  /** Names of columns of texts. */
  readonly dictionaries: readonly string[];
}

/** Our own files say of which types they are; others are told. */
async function openAs(file: ReadableFile, bytes: number, { wanted, dictionaries }: HowToRead): Promise<ParquetFile> {
  if (dictionaries.length === 0) {
    const parquet = await ParquetFile.fromFile(blobOf(file, 0, bytes));
    if (isOf(schemaOf(parquet), wanted)) return parquet;
    parquet.free();
  }
  const hinted = await hintedFile(file, bytes, withDictionaries(wanted, dictionaries));
  return ParquetFile.fromFile(blobOf(hinted, 0, hinted.size));
}

const withDictionaries = (schema: Schema, names: readonly string[]): Schema =>
  new Schema(
    schema.fields.map((field) =>
      names.includes(field.name) && DataType.isUtf8(field.type)
        ? field.clone({ type: new Dictionary(new Utf8(), new Int32()) })
        : field,
    ),
    schema.metadata,
  );

/** Undefined where there are types in it that are not known here. */
function schemaOf(parquet: ParquetFile): Schema | undefined {
  const bytes = parquet.schema().intoIPCStream();
  try {
    return tableFromIPC(bytes).schema;
  } catch {
    return undefined;
  }
}

const isOf = (found: Schema | undefined, wanted: Schema): boolean =>
  found?.fields.length === wanted.fields.length &&
  found.fields.every(({ name, type }, index) => {
    const field = wanted.fields[index]!;
    return name === field.name && isSameType(type as DataType, field.type as DataType);
  });

/** Values may stand once each. */
const isDictionaryOf = (found: DataType, wanted: DataType): boolean =>
  DataType.isDictionary(found) && DataType.isUtf8(found.dictionary) && DataType.isUtf8(wanted);

/** The batch with the types of `wanted`, whose columns it has in their order. */
function inTypes(batch: RecordBatch, wanted: Schema): RecordBatch {
  const { fields } = wanted;
  const children = fields.map(({ name, type }, index) => {
    const child = batch.data.children[index]!;
    return isDictionaryOf(child.type as DataType, type as DataType) ? child : asType(child, type as DataType, name);
  });
  const data = makeData({ type: new Struct(fields), length: batch.numRows, nullCount: 0, children });
  return new RecordBatch(wanted, data);
}

/** What arrives of a stream of batches in WebAssembly's memory, each copied out of it. */
async function* batchesOf(stream: ReadableStream, watch: TrapWatch): AsyncGenerator<RecordBatch> {
  const reader = (stream as ReadableStream<WasmBatch>).getReader();
  try {
    for (;;) {
      const { done, value } = await readable(watch.orTrap(reader.read()));
      if (done) return;
      const copied = await readable(Promise.resolve().then(() => value.intoIPCStream()));
      yield* tableFromIPC(copied).batches;
    }
  } finally {
    // Of whoever wants no more batches.
    const cancelled = reader.cancel().catch(() => undefined);
    if (!watch.isDown) await watch.orTrap(cancelled).catch(() => undefined);
  }
}

function inOrder(batch: RecordBatch, columns: readonly string[]): RecordBatch {
  const { fields } = batch.schema;
  return batch.selectAt(columns.map((column) => fields.findIndex(({ name }) => name === column)));
}

/** As much of a `Blob` as parquet-wasm asks for: its size, slices of it, and their bytes. */
function blobOf(file: ReadableFile, from: number, to: number): Blob {
  const blob: Pick<Blob, 'size' | 'type' | 'slice' | 'arrayBuffer'> = {
    size: to - from,
    type: '',
    slice: (start = 0, end = to - from) => blobOf(file, from + start, Math.min(to, from + end)),
    arrayBuffer: () => readWhole(file, from, to),
  };
  return blob as Blob;
}

function assertColumns(asked: readonly string[], there: readonly string[]): void {
  const missing = asked.find((name) => !there.includes(name));
  if (missing === undefined) return;
  throw new TidemarkError('request.invalid', `the file has no column "${missing}"`, {
    hint: `Columns: ${there.slice(0, 20).join(', ')}${there.length > 20 ? ', …' : ''}.`,
  });
}
