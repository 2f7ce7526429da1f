import type { FormatDescription } from '../../core/format.js';

export const parquet: FormatDescription = {
  name: 'parquet',
  ending: '.parquet',
  readingExample: (folder) => `python3 -c "import pandas; print(pandas.read_parquet(r'${folder}'))"`,
  load: () => import('./shard-format.js'),
  loadChecker: () => import('./read/check.js'),
  loadReader: () => import('./read/read.js'),
};
