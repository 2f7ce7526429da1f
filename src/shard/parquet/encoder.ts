import type { RecordBatch, Schema } from 'apache-arrow';
import { boundsFinder } from '../../core/arrow/column-bounds.js';
import { plainSchema } from '../../core/arrow/plain-schema.js';
import { TidemarkError } from '../../core/errors.js';
import type { EncodedRowGroup, RowGroupEncoder } from '../../core/shard.js';
import { ByteSink } from './pages/byte-sink.js';
import { type ChunkSettings, ChunkWriter } from './pages/column-chunk.js';
import { makeCompressor } from './pages/compressor.js';
import { knownBounds } from './statistics/known-bounds.js';
import type { ChunkMeta, RowGroupMeta } from './pages/written-pages.js';
import { type ParquetOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { type Leaf, parquetSchema } from './schema/schema.js';
import { Scratch } from './encode/scratch.js';
import { DistinctInChunks } from './values/distinct-values.js';
import { shred } from './values/shred.js';

/**
 * An encoder of row groups: one record batch becomes one row group. What comes out depends on the batch and the options
 * alone. `loadCodec` must have been called for the codec in this thread.
 * @throws source.unsupported for an Arrow type that Parquet does not have; request.invalid for options that make no sense
 */
export function createRowGroupEncoder(schema: Schema, options: ParquetOptions = {}): RowGroupEncoder {
  if (!isLittleEndian()) {
    throw new TidemarkError('source.unsupported', 'Parquet files cannot be written on a big-endian machine', {
      hint: 'Run on x86-64 or arm64.',
    });
  }
  const resolved = resolveOptions(options);
  const compressor = makeCompressor(resolved.compression, resolved.compressionLevel);
  const { columns, leaves } = parquetSchema(schema);
  const settings = new Map(leaves.map((leaf) => [leaf, chunkSettings(leaf, resolved)]));
  const boundsOf = plainSchema(schema).fields.map((field, i) => {
    const { leaf } = columns[i]!;
    if (leaf === undefined || boundsFinder(field) === undefined || resolved.redacted.has(field.name)) return undefined;
    const index = leaves.indexOf(leaf);
    return (chunks: readonly ChunkMeta[]) => knownBounds(chunks[index]!, leaf, field);
  });
  const scratch = new Scratch();
  const out = new ByteSink(1 << 20);
  const writer = new ChunkWriter(out, compressor, scratch);
  const distinct = new DistinctInChunks(scratch);

  function encode(batch: RecordBatch): EncodedRowGroup {
    const { children } = batch.data;
    if (children.length !== columns.length) {
      throw new TidemarkError(
        'internal.bug',
        `a batch of ${children.length} columns for a schema of ${columns.length}`,
      );
    }
    out.length = 0;
    const chunks: ChunkMeta[] = [];
    columns.forEach((node, i) => {
      shred(node, children[i]!, scratch, (column) => {
        chunks.push(writer.write(column, settings.get(column.leaf)!));
        distinct.take(i, node.leaf && column, writer.dictionary);
      });
    });
    const meta: RowGroupMeta = { rows: batch.numRows, bytes: out.length, chunks };
    return {
      rows: batch.numRows,
      bytes: out.written(),
      meta,
      bounds: boundsOf.map((of) => of?.(chunks)),
      distinct: distinct.found,
    };
  }
  return { encode };
}

/** Arrow's buffers are copied into pages as they are, and Parquet's numbers are little-endian. */
function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

function chunkSettings(leaf: Leaf, options: ResolvedOptions): ChunkSettings {
  const name = leaf.path[0]!;
  const own = options.columns.get(name);
  const isFloat = leaf.order === 'f32' || leaf.order === 'f64';
  return {
    dictionary: own?.dictionary ?? options.dictionary,
    encoding: isFloat ? 'plain' : (own?.encoding ?? options.encoding),
    statistics: !options.redacted.has(name),
    pageRows: options.pageRows,
    pageBytes: options.pageBytes,
  };
}
