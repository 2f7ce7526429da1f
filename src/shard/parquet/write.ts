import { type RecordBatch, type Schema, util } from 'apache-arrow';
import { TidemarkError } from '../../core/errors.js';
import { addFacts, noFacts } from '../../core/facts.js';
import { type ColumnStatistics, columnStatistics } from '../../core/statistics.js';
import { createShardAssembler } from './assembler.js';
import { loadCodec } from './pages/compressor.js';
import { createRowGroupEncoder } from './encoder.js';
import type { ParquetOptions } from './options.js';
import { plainSchema } from '../../core/arrow/plain-schema.js';
import { factsCounter } from '../../core/arrow/batch-facts.js';
import { Regrouper } from '../../core/arrow/regroup.js';

/** Where a file's bytes go, in order. The bytes are valid until the call returns, or until its promise resolves. */
export interface ByteWriter {
  write(bytes: Uint8Array): void | Promise<void>;
}

export interface WriteParquetOptions extends ParquetOptions {
  /** Needed where there may be no batch at all; else the first batch's schema is taken. */
  readonly schema?: Schema;
  /** A row group ends after this many rows … Default 131,072. */
  readonly rowGroupRows?: number;
  /** … or before the row that would make it larger than this many bytes in Arrow's form. Default 64 MiB. */
  readonly rowGroupBytes?: number;
}

export interface WrittenParquet {
  readonly rows: number;
  /** Size of the file. */
  readonly bytes: number;
  readonly rowGroups: number;
  /** By top-level column. */
  readonly statistics: readonly ColumnStatistics[];
}

/**
 * Writes record batches as one Parquet file, a row group at a time: memory does not grow with the file. Where row groups
 * end depends on the rows alone, so the same rows give the same bytes however they were batched (gzip excepted, whose
 * encoder comes with Node). The sink is never closed.
 *
 * Arrow dictionaries are written as their values; a batch may be a slice of another; columns may be nested.
 *
 * @throws source.unsupported for an Arrow type that Parquet does not have; request.invalid where there is neither a batch
 *   nor a schema, or batches differ in their schema; data.misfit for NULL in a column declared without
 */
export async function writeParquet(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  sink: ByteWriter,
  options: WriteParquetOptions = {},
): Promise<WrittenParquet> {
  await loadCodec(options.compression ?? 'snappy');
  let file: OpenFile | undefined = options.schema && openFile(options.schema, options);
  let bytes = 0;
  let rowGroups = 0;

  async function put(chunk: Uint8Array): Promise<void> {
    bytes += chunk.length;
    await sink.write(chunk);
  }
  async function putRowGroup(open: OpenFile, batch: RecordBatch): Promise<void> {
    const rowGroup = open.encoder.encode(batch);
    open.facts = addFacts(open.facts, open.factsOf(batch, { bounds: rowGroup.bounds }));
    rowGroups += 1;
    await put(open.assembler.add(rowGroup));
  }

  if (file) await put(file.assembler.begin());
  for await (const batch of batches) {
    if (!file) {
      file = openFile(batch.schema, options);
      await put(file.assembler.begin());
    }
    if (!util.compareSchemas(file.schema, batch.schema)) throw differentSchema(batch.schema, file.schema);
    for (const rowGroup of file.regrouper.add(batch)) await putRowGroup(file, rowGroup);
  }
  if (!file) {
    throw new TidemarkError('request.invalid', 'schema: there is neither a record batch nor a schema', {
      hint: 'Give the option "schema" where there may be no batch.',
    });
  }
  const last = file.regrouper.finish();
  if (last) await putRowGroup(file, last);
  await put(file.assembler.finish());
  const { facts } = file;
  const statistics = file.plain.fields.map((field, index) => columnStatistics(facts.columns[index]!, field));
  return { rows: facts.rows, bytes, rowGroups, statistics };
}

type OpenFile = ReturnType<typeof openFile>;

function openFile(schema: Schema, options: WriteParquetOptions) {
  const plain = plainSchema(schema);
  const limit = { rows: options.rowGroupRows ?? 131_072, bytes: options.rowGroupBytes ?? 2 ** 26 };
  return {
    schema,
    plain,
    facts: noFacts(schema.fields.length),
    factsOf: factsCounter(plain, new Set(options.redacted)),
    regrouper: new Regrouper(plain, limit),
    encoder: createRowGroupEncoder(plain, options),
    assembler: createShardAssembler(plain, options),
  };
}

function differentSchema(found: Schema, expected: Schema): TidemarkError {
  return new TidemarkError('request.invalid', `batches differ in their schema: ${found} is not ${expected}`, {
    hint: 'All batches of a file have the schema of the first one.',
  });
}
