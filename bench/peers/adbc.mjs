import { pythonPeer } from './python.mjs';

/** One connection; a stream of record batches, each a row group. */
export const adbc = pythonPeer({
  name: 'ADBC + pyarrow',
  id: 'adbc',
  quick: true,
  packages: ['adbc-driver-postgresql==1.13.0', 'pyarrow==26.0.1'],
  program: './read_adbc.py',
});
