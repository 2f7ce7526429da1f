import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type BigQueryStandIn, startBigQuery } from '../servers/bigquery/bigquery.js';
import { makeCertificate } from '../servers/bigquery/certificates.mjs';
import type { Gate } from '../servers/cloud-identity/gate.js';
import { startPostgresGate } from '../servers/cloud-identity/postgres-gate.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type RedshiftStandIn, startRedshift } from '../servers/redshift/redshift.js';
import { startSnowflake, type SnowflakeStandIn } from '../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { tableRows } from '../support/markdown-table.js';

/** Each row of the page is a branch of the guide's tree, and beyond it. */
const page = readFileSync(new URL('../../docs/databases/login.md', import.meta.url), 'utf8');
const rows = tableRows(page, 'where it runs, and what it reads | how it logs in | what is given | more');

let database: FreshDatabase;
let redshift: RedshiftStandIn;
let bigquery: BigQueryStandIn;
let snowflake: SnowflakeStandIn;
let gates: { readonly rds: Gate; readonly cloudSql: Gate };
let authority: string;

beforeAll(async () => {
  const server = inject('postgres18');
  database = await freshDatabase(server);
  await database.query('CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 100) n');
  redshift = await startRedshift(server);
  await redshift.owner.query('CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 100) n');
  await redshift.grant();
  bigquery = await startBigQuery({ identity: 'machine@data-project.iam.gserviceaccount.com' });
  await bigquery.createTable({
    dataset: 'shop',
    table: 'orders',
    schema: [{ name: 'id', type: 'INTEGER' }],
    rows: Array.from({ length: 100 }, (_, id) => ({ id: String(id) })),
  });
  snowflake = await startSnowflake();
  const ids = Array.from({ length: 100 }, (_, id) => ({ ID: String(id) }));
  await snowflake.createTable({ table: 'ORDERS', columns: [{ name: 'ID', type: 'NUMBER(9,0)' }], rows: ids });
  const folder = emptyFolder('certificates');
  const { certificate, key } = await makeCertificate(folder);
  authority = certificate;
  const secure = { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') };
  const letsIn = ({ token }: { readonly token: string }): boolean => token !== '';
  gates = {
    rds: await startPostgresGate({ upstream: server, secure, letsIn }),
    cloudSql: await startPostgresGate({ upstream: server, secure: undefined, letsIn }),
  };
});
afterAll(async () => {
  await redshift.stop();
  await bigquery.stop();
  await snowflake.stop();
  [gates.rds, gates.cloudSql].forEach((gate) => gate.stop());
  await database.drop();
});

interface Given {
  readonly source?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the row says, with the addresses of the stand-ins. */
const branches: Readonly<Record<string, () => Given>> = {
  'on AWS, Redshift': () => {
    const { cluster, database: name, region, authority: root } = redshift;
    return { source: `redshift://${cluster}/${name}?region=${region}&sslrootcert=${root}`, env: redshift.env };
  },
  'on Google Cloud, BigQuery': () => ({
    source: bigquery.url('shop'),
    env: { ...bigquery.env, ...bigquery.hostsEnv, GCP_IAM: '1' },
  }),
  'on AWS, PostgreSQL or MySQL on RDS or Aurora': () => ({
    source: `postgres://postgres@localhost:${gates.rds.port}/${database.name}?auth=aws-iam&sslrootcert=${authority}`,
    env: { ...redshift.env, AWS_REGION: redshift.region },
  }),
  'on Google Cloud, Cloud SQL': () => ({
    source: `postgres://postgres@127.0.0.1:${gates.cloudSql.port}/${database.name}?auth=google-iam`,
    env: { ...bigquery.env, ...bigquery.hostsEnv },
  }),
  'anywhere, Snowflake': () => ({
    source: `snowflake://${snowflake.account}/DB/PUBLIC?host=${snowflake.url}`,
    env: { SNOWFLAKE_USER: snowflake.user, SNOWFLAKE_PRIVATE_KEY: readFileSync(snowflake.keyFile(), 'utf8') },
  }),
  'anywhere, any database': () => {
    const { hostname, port, username } = new URL(database.url);
    return {
      env: { DB_HOST: hostname, DB_PORT: port, DB_NAME: database.name, DB_USER: username, DB_PASSWORD: 'stored' },
    };
  },
};

it('every branch of the page is tried here', () => {
  expect(rows.map(([where]) => where)).toEqual(Object.keys(branches));
});

it.each(Object.entries(branches))('%s: logs in so, and reads', async (_, given) => {
  const { source, env } = given();
  const out = emptyFolder('out');
  const from = source === undefined ? [] : ['--source', source];
  const words = ['snapshot', ...from, '--table', 'orders', '--dataset', 'dataset://d/v1', '--out', out];
  const { code, stderr } = await tidemark(words, { env });
  expect(code, stderr).toBe(0);
  const { version } = JSON.parse(readFileSync(join(out, 'd', 'v1', '_manifest.v1.json'), 'utf8')) as {
    readonly version: { readonly rows: number };
  };
  expect(version.rows).toBe(100);
});
