import { join } from 'node:path';
import { pythonPeer } from './python.mjs';

/** Its pyarrow back end, the file system as destination. */
export const dlt = pythonPeer({
  name: 'dlt (pyarrow)',
  id: 'dlt',
  packages: ['dlt[postgres,parquet]==1.31.0', 'sqlalchemy==2.1.9', 'pyarrow==26.0.1'],
  program: './read_dlt.py',
  can: ({ query }) => !query,
  environment: ({ out, lanes }) => ({
    DLT_DATA_DIR: join(out, '.dlt'),
    RUNTIME__DLTHUB_TELEMETRY: 'false',
    EXTRACT__WORKERS: String(lanes),
    NORMALIZE__WORKERS: String(lanes),
    LOAD__WORKERS: String(lanes),
  }),
});
