// Who takes part, and how each is told to write the tables. A contender is `{ name, id, packages, engines, run(job, say) }`; `run` gives
// for every table `{ failure, said }`: why there is no file, and what the tool said beside it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from '../peers/python.mjs';
import { runProgram, runTables } from './processes.mjs';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const { version } = JSON.parse(readFileSync(pathOf('../../package.json'), 'utf8'));
/** A copy, so that a build meanwhile changes nothing. */
const copy = pathOf('../../.cache/bench-types');
const both = ['postgres', 'mysql'];

/** A program of Python that reads all tables in one process. */
const pythonTool = ({ program, ...tool }) => ({
  ...tool,
  run: (job) => runTables([python, pathOf(`./tools/${program}.py`)], job),
});

/** A program that is started for each table. `command` gives its words, and may put files into the table's folder. */
const commandTool = ({ command, ...tool }) => ({
  ...tool,
  run: async (job) => {
    const outcomes = {};
    for (const table of job.tables) {
      const folder = join(job.out, table);
      mkdirSync(folder, { recursive: true });
      outcomes[table] = await runProgram(command(job, table, folder));
    }
    return outcomes;
  },
});

const tidemark = {
  ...{ name: 'Tidemark', id: 'tidemark', packages: [], version, engines: both },
  run: (job) => runTables([process.execPath, pathOf('./tools/tidemark.mjs'), join(copy, 'dist/index.js')], job),
};

export function copyTidemark() {
  rmSync(copy, { recursive: true, force: true });
  for (const name of ['dist', 'package.json']) cpSync(pathOf(`../../${name}`), join(copy, name), { recursive: true });
}

const sling = commandTool({
  ...{ name: 'sling', id: 'sling', packages: ['sling-linux-amd64==1.4.11'], engines: both },
  command: ({ url, engine }, table, folder) => ({
    argv: [
      ...[
        python,
        '-c',
        'import os, sys, sling_linux_amd64 as s; os.execv(s.SLING_BIN, ["sling", *sys.argv[1:]])',
        'run',
      ],
      ...['--src-conn', engine === 'postgres' ? `${url}?sslmode=disable` : url],
      ...['--src-stream', engine === 'postgres' ? `public.${table}` : `specimens.${table}`],
      ...['--tgt-object', `file://${join(folder, 'data.parquet')}`],
    ],
    // Left to itself it fetches a DuckDB program from elsewhere to write Parquet; it has a writer of its own.
    env: {
      SLING_HOME_DIR: join(folder, '.sling'),
      SLING_DISABLE_TELEMETRY: 'true',
      SLING_LOADED_AT_COLUMN: 'false',
      SLING_DUCKDB_COMPUTE: 'false',
    },
  }),
});

const rivet = commandTool({
  ...{ name: 'Rivet', id: 'rivet', packages: ['rivet-cli==0.32.2'], engines: ['postgres'] },
  command: ({ url, engine }, table, folder) => {
    const config = join(folder, 'rivet.yaml');
    const destination = { type: 'local', path: join(folder, 'data') };
    const rows = { name: 'rows', query: `SELECT * FROM ${table}`, mode: 'full', format: 'parquet', destination };
    writeFileSync(config, JSON.stringify({ source: { type: engine, url, tls: { mode: 'disable' } }, exports: [rows] }));
    return { argv: [join(python, '..', 'rivet'), 'run', '-c', config], cwd: folder };
  },
});

const duckdb = {
  ...{ name: 'DuckDB', id: 'duckdb', program: 'duckdb_copy', engines: both },
  packages: ['duckdb==1.5.5', 'duckdb-extension-postgres==1.5.5', 'duckdb-extension-mysql==1.5.5'],
};
const connectorx = {
  ...{ name: 'ConnectorX', id: 'connectorx', program: 'connectorx_arrow', engines: both },
  packages: ['connectorx==0.4.6', 'pyarrow==26.0.1'],
};
const adbc = {
  ...{ name: 'ADBC', id: 'adbc', program: 'adbc_arrow', engines: ['postgres'] },
  packages: ['adbc-driver-postgresql==1.13.0', 'pyarrow==26.0.1'],
};
const polars = {
  ...{ name: 'Polars', id: 'polars', program: 'polars_uri', engines: both },
  packages: ['polars==2.1.0', 'connectorx==0.4.6', 'pyarrow==26.0.1'],
};
const drivers = ['sqlalchemy==2.1.9', 'psycopg2-binary==2.9.13', 'pymysql==1.2.4'];
const pandas = {
  ...{ name: 'pandas', id: 'pandas', program: 'pandas_frame', engines: both },
  packages: ['pandas==3.1.1', 'pyarrow==26.0.1', ...drivers],
};
const dlt = {
  ...{ name: 'dlt', id: 'dlt', program: 'dlt_files', engines: both },
  packages: ['dlt[postgres,parquet]==1.31.0', ...drivers],
};

export const contenders = [
  tidemark,
  ...[duckdb, connectorx, adbc, polars, pandas].map(pythonTool),
  ...[pythonTool(dlt), sling, rivet],
];

/** Who could not be had, and why. */
export const absent = [
  ['ADBC for MySQL', 'PyPI has no package of its driver'],
  ['Rivet for MariaDB', 'it sets `max_execution_time`, which MariaDB does not know, and fails at every table'],
  ['ingestr', 'not tried'],
  ['parquetjs-lite', 'a writer, to which each user’s own program gives the types'],
];
