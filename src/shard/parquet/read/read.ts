import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { ParquetFile, type RecordBatch as WasmBatch } from 'parquet-wasm/node';
import { TidemarkError } from '../../../core/errors.js';
import type { ReadableFile, ShardReadOptions } from '../../../core/format.js';
import { readWhole } from './read-whole.js';

/** Rows of a batch that is handed over: memory is bounded by them, and not by row groups. */
const batchRows = 32_768;

/**
 * Reads a Parquet file by the Rust implementation of Parquet and Arrow, compiled to WebAssembly, one row group after the other:
 * see docs/decisions/shard-reader.md.
 */
export async function* read(file: ReadableFile, options: ShardReadOptions): AsyncGenerator<RecordBatch> {
  const { bytes, columns, signal } = options;
  const parquet = await readable(ParquetFile.fromFile(blobOf(file, 0, bytes)));
  try {
    const { fields } = tableFromIPC(parquet.schema().intoIPCStream()).schema;
    assertColumns(
      columns ?? [],
      fields.map(({ name }) => name),
    );
    const groups = parquet.metadata().numRowGroups();
    for (let group = 0; group < groups; group += 1) {
      signal?.throwIfAborted();
      const selected = { rowGroups: [group], batchSize: batchRows, ...(columns && { columns: [...columns] }) };
      for await (const batch of batchesOf(await readable(parquet.stream({ ...selected, concurrency: 1 }))))
        yield columns ? inOrder(batch, columns) : batch;
    }
  } finally {
    parquet.free();
  }
}

/** What arrives of a stream of batches in WebAssembly's memory, each copied out of it. */
async function* batchesOf(stream: ReadableStream): AsyncGenerator<RecordBatch> {
  const reader = (stream as ReadableStream<WasmBatch>).getReader();
  try {
    for (;;) {
      const { done, value } = await readable(reader.read());
      if (done) return;
      yield* tableFromIPC(value.intoIPCStream()).batches;
    }
  } finally {
    // Of whoever wants no more batches.
    await reader.cancel();
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

async function readable<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('verification.failed', `the Parquet file cannot be read: ${text}`, {
      cause,
      hint: 'Fetch the version again, and verify it.',
    });
  }
}

function assertColumns(asked: readonly string[], there: readonly string[]): void {
  const missing = asked.find((name) => !there.includes(name));
  if (missing === undefined) return;
  throw new TidemarkError('request.invalid', `the file has no column "${missing}"`, {
    hint: `Columns: ${there.slice(0, 20).join(', ')}${there.length > 20 ? ', …' : ''}.`,
  });
}
