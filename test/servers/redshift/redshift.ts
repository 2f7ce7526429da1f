import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { makeCertificate } from '../bigquery/certificates.mjs';
import { Faults } from '../faults.mjs';
import { type FreshDatabase, freshDatabase, type SharedServer } from '../postgres.js';
import { type AwsCall, type AwsFault, startAws } from './aws.js';
import { ownTypes, preparation } from './dialect.js';
import { startMetadata } from './metadata.js';
import { goodKey } from '../s3/strict.js';
import { writeUnload } from './unload.js';
import { type ProxyFault, type ProxySeen, startProxy } from './proxy.js';

/** A call of AWS, or a statement. */
export type RedshiftFault = AwsFault & ProxyFault & { readonly skip?: number; readonly times?: number };

export interface RedshiftStandIn {
  /** Nothing in it is secret: who runs in it is known by the machine's metadata service. */
  readonly env: Readonly<Record<string, string>>;
  readonly cluster: string;
  readonly workgroup: string;
  readonly region: string;
  readonly database: string;
  readonly port: number;
  /** Path of the authority's certificate. */
  readonly authority: string;
  /** The database, as its owner has it. */
  readonly owner: FreshDatabase;
  readonly calls: readonly AwsCall[];
  readonly seen: ProxySeen;
  /** Gives the role and every other user the right to read what is there. */
  grant(): Promise<void>;
  /** A user with a password of its own. */
  allow(user: string, password: string): Promise<void>;
  /** Those that are told take the place of earlier ones. */
  faults(...faults: readonly RedshiftFault[]): void;
  /** Where UNLOAD writes: a store of the tests. */
  unloadsTo(store: { readonly endpoint: string }): void;
  settings(change: Partial<{ lifetimeSeconds: number; passwordSeconds: number; role: string; region: string }>): void;
  stop(): Promise<void>;
}

/** Redshift before a PostgreSQL, with the calls of AWS around it. */
export async function startRedshift(server: SharedServer): Promise<RedshiftStandIn> {
  const owner = await freshDatabase(server);
  const client = new pg.Client(owner.url);
  await client.connect();
  for (const sql of preparation) await client.query(sql);
  const { rows } = await client.query<{ oid: number; typname: keyof typeof ownTypes }>(
    'SELECT oid::int4, typname FROM pg_type WHERE typname = ANY($1)',
    [Object.keys(ownTypes)],
  );
  const types = new Map(rows.map(({ oid, typname }) => [oid, ownTypes[typname]]));
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-redshift-'));
  const { certificate, key } = await makeCertificate(folder);
  const faults = new Faults<RedshiftFault>();
  const settings = {
    ...{ cluster: 'warehouse', workgroup: 'pool', region: 'eu-west-1', role: `role_${owner.name}` },
    lifetimeSeconds: 3600,
    passwordSeconds: 900,
  };
  let store: S3Client | undefined;
  let place: string | undefined;
  const passwords = new Map<string, { readonly password: string; readonly until: number }>();
  const proxy = await startProxy({
    upstream: { host: server.host, port: server.port },
    secure: { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') },
    typeOf: (oid: number) => types.get(oid) ?? oid,
    letsIn: (user: string, password: string) => {
      const known = passwords.get(user);
      return known?.password === password && known.until > Date.now();
    },
    faults,
    async unload(unload, columns, rows) {
      if (store === undefined) throw new Error('S3ServiceException: Access Denied');
      await writeUnload(unload, columns, rows, store);
    },
  });
  const makeUser = async (user: string): Promise<void> => {
    const name = client.escapeIdentifier(user);
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${name} LOGIN`);
  };
  const grant = async (user: string, password: string, until: Date): Promise<void> => {
    await makeUser(user);
    passwords.set(user, { password, until: until.getTime() });
  };
  const metadata = await startMetadata(settings, async ({ AccessKeyId: id, SecretAccessKey: secret, Token: token }) => {
    // The store knows who the machine is.
    if (place === undefined) return;
    await fetch(`${place}/-/`, { method: 'PUT', body: JSON.stringify({ id, secret, token }) });
  });
  const endpoint = { host: 'localhost', port: proxy.port };
  const aws = await startAws({ keys: metadata.keys, grant, endpoint, settings, faults });
  return {
    ...{ cluster: settings.cluster, workgroup: settings.workgroup, region: settings.region, database: owner.name },
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      AWS_EC2_METADATA_V1_DISABLED: 'true',
      AWS_ENDPOINT_URL_REDSHIFT: aws.url,
      AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS: aws.url,
    },
    port: proxy.port,
    authority: certificate,
    owner,
    calls: aws.calls,
    seen: proxy.seen,
    async grant() {
      await client.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO public');
    },
    faults: (...next) => faults.set(next),
    unloadsTo: ({ endpoint: at }) => {
      place = at;
      const credentials = { accessKeyId: goodKey.AWS_ACCESS_KEY_ID, secretAccessKey: goodKey.AWS_SECRET_ACCESS_KEY };
      store = new S3Client({ endpoint: at, forcePathStyle: true, region: settings.region, credentials });
    },
    allow: (user, password) => grant(user, password, new Date(Date.now() + 3_600_000)),
    settings: (change) => void Object.assign(settings, change),
    async stop() {
      store?.destroy();
      [proxy, aws, metadata].forEach((one) => one.stop());
      for (const user of passwords.keys()) {
        const name = client.escapeIdentifier(user);
        await client.query(`DROP OWNED BY ${name}`).catch(() => undefined);
        await client.query(`DROP ROLE ${name}`).catch(() => undefined);
      }
      await client.end();
      await owner.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
