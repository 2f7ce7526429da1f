import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, python } from './python.mjs';

const packages = ['sling-linux-amd64==1.4.11'];

/** The package holds the program; the package `sling` beside it would fetch the program from elsewhere. */
const whereProgramIs = 'import sling_linux_amd64; print(sling_linux_amd64.SLING_BIN)';

let program;

/** Left to itself it writes Parquet by a DuckDB program that it fetches; it has a writer of its own. */
export const sling = {
  name: 'sling',
  id: 'sling',
  packages,
  available: ({ say }) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return 'its package is for Linux on x64';
    const failed = install(packages, say);
    if (failed === undefined) program = spawnSync(python, ['-c', whereProgramIs], { encoding: 'utf8' }).stdout.trim();
    return failed;
  },
  command: ({ host, port, user, database, tls, query, table, sql, out }) => ({
    argv: [
      program,
      'run',
      ...['--src-conn', `postgres://${user}@${host}:${port}/${database}?sslmode=${tls ? 'require' : 'disable'}`],
      ...['--src-stream', query ? sql : `public.${table}`],
      ...['--tgt-object', `file://${join(out, 'data.parquet')}`],
      ...['--tgt-options', '{"format":"parquet","compression":"snappy"}'],
    ],
    env: {
      SLING_HOME_DIR: join(out, '.sling'),
      SLING_DISABLE_TELEMETRY: 'true',
      SLING_LOADED_AT_COLUMN: 'false',
      SLING_DUCKDB_COMPUTE: 'false',
    },
  }),
};
