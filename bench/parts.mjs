/** The benchmarks of single stages, in the order in which bytes pass them. */
export const parts = [
  'decode/decode.mjs',
  'decode/roads.mjs',
  'digest/hash.mjs',
  'parquet/encode.mjs',
  'parquet/read.mjs',
  'increment/increment.mjs',
  'compact/compact.mjs',
  'reuse/reuse.mjs',
];
