/** The Parquet writer: Arrow record batches in, the bytes of Parquet files out. Touches no file, socket or thread. */
export { createShardAssembler } from './assembler.js';
export { loadCodec } from './pages/compressor.js';
export { createRowGroupEncoder } from './encoder.js';
export { parquetTypeName } from './schema/type-name.js';
export { type ByteWriter, writeParquet, type WriteParquetOptions, type WrittenParquet } from './write.js';
