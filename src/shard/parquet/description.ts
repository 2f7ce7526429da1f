import type { FormatDescription } from '../../core/format.js';

export const parquet: FormatDescription = {
  name: 'parquet',
  codecs: ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none'],
  // Dictionaries make values that come again small even without a codec. Of lineitem a third stays with snappy, of short columns less.
  shareOfSource: (codec) => ({ least: 0.05, expected: codec === 'none' ? 0.7 : 0.5 }),
  endingOf: () => '.parquet',
  readingExample: (folder, { foldersRepeat }) => {
    // pandas takes columns from the names of folders, too, and refuses those that files have in another type.
    const plain = foldersRepeat ? ', partitioning=None' : '';
    return `python3 -c "import pandas; print(pandas.read_parquet(r'${folder}'${plain}))"`;
  },
  load: () => import('./shard-format.js'),
  loadChecker: () => import('./read/check.js'),
  loadReader: async () => ({
    read: (await import('./read/read.js')).read,
    pageBounds: async (file, options) => (await import('./read/page-bounds.js')).pageBounds(file, options),
  }),
  loadDescriber: async () => (await import('./read/describe.js')).describe,
};
