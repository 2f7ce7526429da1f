import type { FormatDescription } from '../../core/format.js';
import { csvCodecs, endingOf } from './write/compress.js';

export const csv: FormatDescription = {
  name: 'csv',
  codecs: csvCodecs,
  // NULL and small numbers are shorter as text, and some file systems compress.
  shareOfSource: (codec) => (codec === 'none' ? { least: 0.1, expected: 0.9 } : { least: 0.03, expected: 0.3 }),
  endingOf,
  readingExample: (folder, { onlyFile }) =>
    onlyFile !== undefined
      ? `python3 -c "import pandas; print(pandas.read_csv(r'${onlyFile}'))"`
      : `python3 -c "import glob, pandas; print(pandas.concat(map(pandas.read_csv, sorted(glob.glob(r'${folder}/**/*.csv*', recursive=True)))))"`,
  load: () => import('./shard-format.js'),
  loadChecker: () => import('./read/check.js'),
  loadReader: () => import('./read/rows.js'),
};
