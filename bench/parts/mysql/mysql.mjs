// A table of MariaDB to Parquet: one connection and two, against the server's own client, which throws the rows away, and against
// others. All take turns.
//
//     node bench/parts/mysql/mysql.mjs URL [rows] [rounds]      of a server whose user, without a password, may make a database
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { measure } from '../../end-to-end/measure.mjs';
import { install, python } from '../../peers/python.mjs';

const [url, rows = '6000000', rounds = '5'] = process.argv.slice(2);
if (url === undefined) fail('Give the URL of a server: mysql://root@127.0.0.1:3306');
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const database = 'tidemark_bench';
const { hostname: host, port, username: user } = new URL(url);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const job = { host, port: Number(port || 3306), user, database, table: 'lineitem', out: join(folder, 'out.parquet') };
const packages = ['duckdb==1.5.5', 'duckdb-extension-mysql==1.5.5', 'connectorx==0.4.6', 'pyarrow==26.0.1'];

try {
  const serverPid = await makeTable();
  const found = new Map();
  for (let round = 0; round <= Number(rounds); round += 1) {
    for (const { name, argv } of contenders()) {
      const figures = await measure({ argv, cwd: folder }, serverPid, {});
      if (figures.failure) fail(`${name}: ${figures.message}`);
      if (round > 0) found.set(name, [...(found.get(name) ?? []), figures]);
    }
  }
  report(found);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function contenders() {
  const client = ['mariadb', '--no-defaults', `-u${user}`, `-h${host}`, `-P${job.port}`, '--quick', '-B', database];
  const floor = {
    name: 'mariadb --quick -B, to nowhere',
    argv: ['sh', '-c', '"$@" > /dev/null', 'sh', ...client, '-e', `SELECT * FROM ${job.table}`],
  };
  const program = (name, file) => ({
    name,
    argv: [python, fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(job)],
  });
  const missing = install(packages, console.error);
  if (missing) console.error(`others are left out: ${missing}`);
  return [
    floor,
    ...[1, 2].map(tidemark),
    ...(missing ? [] : [program('DuckDB', './read_duckdb.py'), program('ConnectorX', './read_connectorx.py')]),
  ];
}

function tidemark(lanes) {
  const source = `mysql://${user}@${host}:${job.port}/${database}`;
  const out = join(folder, `lanes-${lanes}`);
  rmSync(out, { recursive: true, force: true });
  const words = [
    'snapshot',
    '--quiet',
    '--source',
    source,
    '--table',
    job.table,
    '--dataset',
    'dataset://b/v',
    '--out',
    out,
  ];
  return { name: `Tidemark, --lanes ${lanes}`, argv: [process.execPath, main, ...words, '--lanes', String(lanes)] };
}

/** TPC-H's lineitem in its columns and their types, made by the server. @returns the process of the server, which must be on this machine */
async function makeTable() {
  const connection = await createConnection({ host, port: job.port, user, multipleStatements: true });
  const [[{ there }]] = await connection.query(
    `SELECT COUNT(*) AS there FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' AND TABLE_NAME = 'lineitem_${rows}'`,
  );
  if (there === 0) {
    const pick = (salt, most) => `CRC32(seq * ${salt}) % ${most}`;
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${database}; USE ${database};
      CREATE OR REPLACE TABLE lineitem_${rows} (l_orderkey bigint, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL, l_linenumber int,
        l_quantity decimal(15,2) NOT NULL, l_extendedprice decimal(15,2) NOT NULL, l_discount decimal(15,2) NOT NULL, l_tax decimal(15,2) NOT NULL,
        l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
        l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,
        PRIMARY KEY (l_orderkey, l_linenumber)) CHARACTER SET utf8mb4;
      INSERT INTO lineitem_${rows} SELECT seq DIV 4 + 1, ${pick(3, 200_000)}, ${pick(7, 10_000)}, seq % 4 + 1, ${pick(5, 50)} + 1, (${pick(11, 10_000_000)}) / 100,
        (${pick(13, 11)}) / 100, (${pick(17, 9)}) / 100, ELT(1 + ${pick(19, 3)}, 'A', 'N', 'R'), ELT(1 + ${pick(23, 2)}, 'O', 'F'),
        '1992-01-01' + INTERVAL (${pick(29, 2500)}) DAY, '1992-01-01' + INTERVAL (${pick(31, 2500)}) DAY, '1992-01-01' + INTERVAL (${pick(37, 2500)}) DAY,
        ELT(1 + ${pick(41, 4)}, 'DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'),
        ELT(1 + ${pick(43, 7)}, 'REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'), LEFT(CONCAT(MD5(seq), MD5(seq * 47)), 10 + ${pick(53, 34)})
      FROM seq_1_to_${rows}; ANALYZE TABLE lineitem_${rows}`);
  }
  job.table = `lineitem_${rows}`;
  const [[{ file }]] = await connection.query('SELECT @@pid_file AS file');
  await connection.end();
  return Number(readFileSync(file, 'utf8'));
}

function report(found) {
  const median = (figures, key) => figures.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(figures.length / 2)];
  const [[, floor]] = found;
  console.log(`| ${rows} rows | wall s | of the client's | CPU s | peak MB |\n| --- | --- | --- | --- | --- |`);
  for (const [name, figures] of found) {
    const wall = median(figures, 'wall');
    const ratio = (wall / median(floor, 'wall')).toFixed(2);
    console.log(
      `| ${name} | ${wall.toFixed(1)} | ${ratio} | ${median(figures, 'clientCpu').toFixed(1)} | ${Math.round(median(figures, 'peakMemory') / 1e6)} |`,
    );
  }
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
