import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { afterAll } from 'vitest';
import { writeParquet, type WriteParquetOptions, type WrittenParquet } from '../../../src/shard/parquet/index.js';

export interface WrittenFile extends WrittenParquet {
  readonly file: Buffer;
}

export async function parquetFile(
  batches: Iterable<RecordBatch>,
  options: WriteParquetOptions = {},
): Promise<WrittenFile> {
  const parts: Uint8Array[] = [];
  const written = await writeParquet(batches, { write: (bytes) => void parts.push(bytes.slice()) }, options);
  return { ...written, file: Buffer.concat(parts) };
}

/** Gives a function that writes batches to a new file and tells its path. The files are removed at the test file's end. */
export function fileWriter() {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-parquet-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  return async (batches: Iterable<RecordBatch>, options: WriteParquetOptions = {}) => {
    const path = join(folder, `${files++}.parquet`);
    const written = await parquetFile(batches, options);
    writeFileSync(path, written.file);
    return { ...written, path };
  };
}
