import type { FormatDescription } from '../../core/format.js';
import { csvCodecs, endingOf } from './write/compress.js';

export const csv: FormatDescription = {
  name: 'csv',
  codecs: csvCodecs,
  endingOf,
  readingExample: (folder, { onlyFile }) =>
    onlyFile !== undefined
      ? `python3 -c "import pandas; print(pandas.read_csv(r'${onlyFile}'))"`
      : `python3 -c "import glob, pandas; print(pandas.concat(map(pandas.read_csv, sorted(glob.glob(r'${folder}/**/*.csv*', recursive=True)))))"`,
  load: () => import('./shard-format.js'),
  loadChecker: () => import('./read/check.js'),
  loadReader: () => import('./read/rows.js'),
};
