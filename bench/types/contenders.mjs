// Who takes part, and how each is told to write the tables. A contender is `{ name, id, packages, engines, run(job, say) }`; `run` gives
// for every table `{ failure, said }`: why there is no file, and what the tool said beside it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { column } from './servers.mjs';
import { python } from '../peers/python.mjs';
import { runProgram, runTables } from './processes.mjs';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const both = ['postgres', 'mysql'];

/** A program of Python that reads all tables in one process. */
const pythonTool = ({ program, ...tool }) => ({
  ...tool,
  run: (job) => runTables([python, fileURLToPath(new URL(`./tools/${program}.py`, import.meta.url))], job),
});

/** A program that is started for each table. `command` gives its words, and may put files into the table's folder. */
const commandTool = ({ command, ledger = () => undefined, ...tool }) => ({
  ...tool,
  run: async (job) => {
    const outcomes = {};
    for (const table of job.tables) {
      const folder = join(job.out, table);
      mkdirSync(folder, { recursive: true });
      const outcome = await runProgram(command(job, table, folder));
      outcomes[table] = { ...outcome, declared: ledger(folder) };
    }
    return outcomes;
  },
});

const tidemark = commandTool({
  ...{ name: 'Tidemark', id: 'tidemark', packages: [], version, engines: both },
  command: ({ url }, table, folder) => ({
    argv: [
      ...[process.execPath, main, 'snapshot', '--quiet', '--source', url, '--table', table],
      ...['--dataset', 'dataset://types/v1', '--out', folder],
    ],
  }),
  ledger: (folder) => ledgerLine(folder),
});

/** What the manifest's type ledger says of the column, where it calls it lossy. */
function ledgerLine(folder) {
  const file = existsSync(folder)
    ? readdirSync(folder, { recursive: true }).find((name) => /_manifest.*\.json$/.test(name))
    : undefined;
  if (file === undefined) return undefined;
  const { version: part } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const line = part.tables[0].schema.find(({ name }) => name === column);
  return line?.exactness === 'lossy' ? JSON.stringify(line) : undefined;
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
  ...{ name: 'Rivet', id: 'rivet', packages: ['rivet-cli==0.32.2'], engines: both },
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
  ['ADBC for MySQL', 'its driver is on no package registry that was at hand'],
  ['ingestr', 'its destinations are databases and object stores; it writes no Parquet file to a folder'],
  ['parquetjs-lite', 'a writer, to which each user’s own program gives the types'],
];
