// The least that any client can do: psql throws away what the server sends.
import { spawnSync } from 'node:child_process';

const available = () => (spawnSync('psql', ['--version']).status === 0 ? undefined : 'psql is not on the PATH');

const version = () =>
  spawnSync('psql', ['--version'], { encoding: 'utf8' })
    .stdout.trim()
    .replaceAll(/ ?\([^)]*\)/g, '');

const toNull = (sql) => `psql -X -q -c "COPY (${sql}) TO STDOUT (FORMAT binary)" > /dev/null`;

const environment = ({ host, port, user, database, tls }) => ({
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGDATABASE: database,
  PGSSLMODE: tls ? 'require' : 'disable',
});

export const oneCopy = {
  name: 'psql, one COPY',
  id: 'floor-one',
  floor: true,
  replays: true,
  available,
  version,
  command: (job) => ({ argv: ['/bin/sh', '-c', toNull(job.sql)], env: environment(job) }),
};

/** As people do it: the client makes CSV of the server's texts, some rows at a time so that it has room. */
export const psqlCsv = {
  name: 'psql --csv',
  id: 'psql-csv',
  of: 'csv',
  available,
  version,
  command: (job) => ({
    argv: ['/bin/sh', '-c', `psql -X -q --csv --set FETCH_COUNT=10000 -c "${job.sql}" > rows.csv`],
    env: environment(job),
  }),
};

/** The server makes CSV, the client writes what it gets. */
export const copyCsv = {
  name: 'psql, COPY as CSV',
  id: 'copy-csv',
  of: 'csv',
  available,
  version,
  command: (job) => ({
    argv: ['/bin/sh', '-c', `psql -X -q -c "COPY (${job.sql}) TO STDOUT (FORMAT csv, HEADER)" > rows.csv`],
    env: environment(job),
  }),
};

/** Ranges of pages, one for each connection. */
export const parallelCopies = {
  name: 'psql, parallel COPYs',
  id: 'floor-parallel',
  floor: true,
  replays: true,
  available,
  version,
  can: ({ query }) => !query,
  command: (job) => {
    const ends = Array.from({ length: job.lanes + 1 }, (_, lane) => Math.round((job.pages * lane) / job.lanes));
    const copies = ends.slice(1).map((end, lane) => {
      const until = lane === job.lanes - 1 ? '' : ` AND ctid < '(${end},0)'`;
      return toNull(`SELECT * FROM ${job.table} WHERE ctid >= '(${ends[lane]},0)'${until}`);
    });
    const inTheBackground = copies.map((copy) => `${copy} & pids="$pids $!";`).join(' ');
    return {
      argv: ['/bin/sh', '-c', `${inTheBackground} for pid in $pids; do wait $pid || exit 1; done`],
      env: environment(job),
    };
  },
};
