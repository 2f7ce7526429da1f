import type { FormatDescription } from '../../core/format.js';

export const parquet: FormatDescription = {
  name: 'parquet',
  ending: '.parquet',
  load: () => import('./shard-format.js'),
  loadChecker: () => import('./check.js'),
  loadReader: () => import('./read.js'),
};
