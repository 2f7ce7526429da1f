import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { install, python } from './python.mjs';

const packages = ['rivet-cli==0.32.2'];
/** The package holds the program. */
const program = join(dirname(python), 'rivet');

/** Its fast profile, one chunk of keys for each worker's turn; a query that cannot be split goes through one cursor. */
export const rivet = {
  name: 'Rivet',
  id: 'rivet',
  packages,
  available: ({ say }) => install(packages, say),
  command: (job) => {
    const config = join(job.out, 'rivet.yaml');
    writeFileSync(config, JSON.stringify(configOf(job)));
    return { argv: [program, 'run', '-c', config] };
  },
};

function configOf({ host, port, user, database, tls, query, sql, key, lanes, out }) {
  const split = { mode: 'chunked', chunk_column: key, chunk_count: lanes * 8, parallel: lanes };
  return {
    source: {
      type: 'postgres',
      url: `postgresql://${user}@${host}:${port}/${database}`,
      tls: tls ? { mode: 'require' } : { mode: 'disable' },
      tuning: { profile: 'fast' },
    },
    exports: [
      {
        name: 'rows',
        query: sql,
        ...(query ? { mode: 'full' } : split),
        format: 'parquet',
        compression: 'snappy',
        destination: { type: 'local', path: join(out, 'data') },
      },
    ],
  };
}
