import { join } from 'node:path';
import { install, scriptOf } from './python.mjs';

const packages = ['sling-linux-amd64==1.4.11', 'sling==1.4.11'];

export const sling = {
  name: 'sling',
  id: 'sling',
  packages,
  available: ({ say }) =>
    process.platform === 'linux' && process.arch === 'x64' ? install(packages, say) : 'its package is for Linux on x64',
  command: ({ host, port, user, database, tls, query, table, sql, out }) => ({
    argv: [
      scriptOf('sling'),
      'run',
      ...['--src-conn', `postgres://${user}@${host}:${port}/${database}?sslmode=${tls ? 'require' : 'disable'}`],
      ...['--src-stream', query ? sql : `public.${table}`],
      ...['--tgt-object', `file://${join(out, 'data.parquet')}`],
      ...['--tgt-options', '{"format":"parquet","compression":"snappy"}'],
    ],
    env: { SLING_HOME_DIR: join(out, '.sling'), SLING_DISABLE_TELEMETRY: 'true', SLING_LOADED_AT_COLUMN: 'false' },
  }),
};
