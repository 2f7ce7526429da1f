import { duckdb } from './duckdb.js';
import { hyparquet } from './hyparquet.js';
import { parquetWasm } from './parquet-wasm.js';
import { parquetjsLite } from './parquetjs-lite.js';
import { polars, pyarrow } from './python.js';
import type { Reader } from './reader.js';

export { queryDuckdb } from './duckdb.js';
export { type ReadColumn, type Reader, reportSkipped } from './reader.js';
export { duckdb, hyparquet, parquetjsLite, parquetWasm, polars, pyarrow };

/** Every reader that we did not write. */
export const readers: readonly Reader[] = [duckdb, parquetWasm, pyarrow, polars, hyparquet, parquetjsLite];
