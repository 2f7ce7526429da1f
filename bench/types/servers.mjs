// The servers, each with the specimens in a database `specimens`, whose sessions are not in UTC unless a client asks.
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { mysqlBinaries } from '../../dist/cli/demo/mysql-binaries.js';
import { startMysql } from '../../dist/cli/demo/mysql-server.js';
import { startPostgres } from '../../dist/cli/demo/server.js';
import { mariadb } from './specimens/mariadb.mjs';
import { postgres } from './specimens/postgres.mjs';

/** The column of the values: a name that no message holds unless it speaks of the column. */
export const column = 'kept_value';

const tableOf = (number) => `specimen_${String(number + 1).padStart(3, '0')}`;

/** Each with its table and its rows, every value as the server's own text; the last row is NULL. */
const numbered = ({ specimens }) => specimens.map((specimen, number) => ({ ...specimen, table: tableOf(number) }));

const create = ({ table, type, values }, literal) =>
  `CREATE TABLE ${table} (id int PRIMARY KEY, ${column} ${type}); INSERT INTO ${table} VALUES ` +
  [...values.map(literal), 'NULL'].map((value, id) => `(${id}, ${value})`).join(', ');

/** @returns `{ engine, version, specimens, job, stop }`, `job` being what programs are told of the server */
export async function preparePostgres() {
  const server = await startPostgres({ settings: { timezone: 'UTC' } });
  const job = { engine: 'postgres', host: server.host, port: server.port, user: server.user, database: 'specimens' };
  await withClient(server.url, (client) => client.query('CREATE DATABASE specimens'));
  const url = server.url.replace(/[^/]*$/, 'specimens');
  const specimens = await withClient(url, (client) => fillPostgres(client));
  const [{ server_version: version }] = (await withClient(url, (client) => client.query('SHOW server_version'))).rows;
  await withClient(url, (client) => client.query(`ALTER DATABASE specimens SET timezone = 'America/New_York'`));
  return { engine: 'PostgreSQL', version, specimens, job: { ...job, url }, stop: () => server.stop() };
}

async function withClient(connectionString, use) {
  const client = new pg.Client({ connectionString, types: { getTypeParser: () => (text) => text } });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function fillPostgres(client) {
  for (const statement of postgres.before) await client.query(statement);
  await client.query(`SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET datestyle = 'ISO'`);
  const filled = [];
  for (const specimen of numbered(postgres)) {
    await client.query(create(specimen, (text) => `'${text.replaceAll("'", "''")}'`));
    const { rows } = await client.query(`SELECT ${column} AS text FROM ${specimen.table} ORDER BY id`);
    filled.push({ ...specimen, rows: rows.map(({ text }) => text) });
  }
  return filled;
}

export async function prepareMariadb() {
  const server = await startMysql({ binaries: mysqlBinaries(), account: undefined });
  const { host, port, user } = server;
  const typeCast = (field) => field.string('utf8');
  const session = await createConnection({ host, port, user, charset: 'utf8mb4', multipleStatements: true, typeCast });
  try {
    await session.query('CREATE DATABASE specimens CHARACTER SET utf8mb4; USE specimens');
    await session.query(`SET time_zone = '+00:00', sql_mode = ''`);
    const specimens = await fillMariadb(session);
    const [[{ version }]] = await session.query('SELECT VERSION() AS version');
    await session.query(`SET GLOBAL time_zone = '-05:00'`);
    const url = `mysql://${user}@${host}:${port}/specimens`;
    const job = { engine: 'mysql', host, port, user, database: 'specimens', url };
    return { engine: 'MariaDB', version: version.split('-')[0], specimens, job, stop: () => server.stop() };
  } finally {
    await session.end();
  }
}

async function fillMariadb(session) {
  const filled = [];
  for (const specimen of numbered(mariadb)) {
    await session.query(create(specimen, (expression) => expression));
    const shown = (specimen.shown ?? '?').replace('?', column);
    const [rows] = await session.query(`SELECT ${shown} AS text FROM ${specimen.table} ORDER BY id`);
    filled.push({ ...specimen, rows: rows.map(({ text }) => text) });
  }
  return filled;
}
