import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Its fast profile, one chunk of keys for each worker's turn; a query that cannot be split goes through one cursor. */
export const rivet = {
  name: 'Rivet',
  id: 'rivet',
  available: () =>
    spawnSync('rivet', ['--version']).status === 0 ? undefined : 'rivet is not on the PATH: cargo install rivet-cli',
  version: () =>
    spawnSync('rivet', ['--version'], { encoding: 'utf8' })
      .stdout.trim()
      .replace(/ \(.*\)/, ''),
  command: (job) => {
    const config = join(job.out, 'rivet.yaml');
    writeFileSync(config, JSON.stringify(configOf(job)));
    return { argv: ['rivet', 'run', '-c', config] };
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
