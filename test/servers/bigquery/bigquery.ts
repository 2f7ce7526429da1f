import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BigQueryField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly BigQueryField[];
  readonly precision?: number | string;
  readonly scale?: number | string;
  readonly rangeElementType?: { readonly type: string };
  readonly description?: string;
}

/** A row in BigQuery's text forms: an object for a RECORD, an array for REPEATED. */
export type BigQueryRow = Readonly<Record<string, unknown>>;

export interface TableName {
  readonly project?: string;
  readonly dataset: string;
  readonly table: string;
}

export interface NewTable extends TableName {
  readonly schema: readonly BigQueryField[];
  readonly rows?: readonly BigQueryRow[];
  /** A SELECT of DuckDB's with the schema's columns in their order, for large tables. */
  readonly generate?: string;
  /** When this version came to be; now, unless told. */
  readonly at?: string;
  readonly type?: string;
  readonly timePartitioning?: object;
  readonly rangePartitioning?: object;
  readonly clustering?: object;
  readonly requirePartitionFilter?: boolean;
  /** Its changes are kept (`enable_change_history`). */
  readonly changeHistory?: boolean;
  readonly expirationTime?: string;
}

export interface Change extends TableName {
  readonly append?: readonly BigQueryRow[];
  readonly replace?: readonly BigQueryRow[];
  /** A condition of DuckDB's. */
  readonly delete?: string;
  /** What an UPDATE of DuckDB's sets, and of which rows. */
  readonly set?: string;
  readonly where?: string;
  readonly at?: string;
}

export interface Version {
  readonly rows: number;
  /** When it came to be: to the millisecond, and in whole microseconds. */
  readonly time: string;
  readonly micros: string;
}

/** A fault that the service is to play: see faults.mjs. */
export interface BigQueryFault {
  readonly method?: string;
  readonly path?: string;
  readonly rpc?: 'CreateReadSession' | 'ReadRows' | 'SplitReadStream';
  readonly skip?: number;
  readonly times?: number;
  readonly wait?: number;
  readonly status?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfter?: number;
  readonly cut?: 'before' | 'after';
  /** One byte of an object that is read is another. */
  readonly damage?: boolean;
  readonly code?: string;
  readonly cutAfter?: number;
  readonly endAfter?: number;
  readonly resetAfter?: number;
  readonly repeat?: number;
  readonly schema?: 'other';
}

export interface Denied {
  readonly permission: string;
  /** Everyone, unless told. */
  readonly identity?: string;
  /** Such as `projects/p`, `projects/p/datasets/d/tables/t` or `projects/_/buckets/b`; every one, unless told. */
  readonly resource?: string;
}

export interface BigQuerySeen {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly identity?: string;
    readonly userProject?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly sessions: readonly {
    readonly parent: string;
    readonly table: string;
    readonly identity: string;
    readonly selectedFields: readonly string[];
    readonly rowRestriction: string;
    /** Microseconds. */
    readonly snapshotTime?: string;
    readonly maxStreamCount: number;
    readonly streams: number;
    readonly compression?: string;
  }[];
  readonly reads: readonly { readonly stream: string; readonly offset: number; readonly identity: string }[];
  readonly jobs: readonly {
    readonly project: string;
    readonly identity: string;
    readonly id: string;
    readonly dryRun: boolean;
    readonly sql: string;
    readonly parameters?: readonly unknown[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly bytes: number;
    readonly billed: number;
    readonly maximumBytesBilled?: string;
  }[];
  readonly identities: readonly string[];
  readonly userProjects: readonly string[];
  /** Faults that did not come to be played. */
  readonly left: number;
}

export interface BigQuerySettings {
  readonly project?: string;
  readonly location?: string;
  /** Of the metadata server. */
  readonly identity?: string;
  /** What federation takes; anything, unless told. */
  readonly subjectToken?: string;
  readonly tokenSeconds?: number;
  readonly sessionSeconds?: number;
  readonly rowsPerStream?: number;
  readonly pageSize?: number;
  /** Names on a page of Cloud Storage's. */
  readonly storagePageSize?: number;
  readonly jobMillis?: number;
  readonly timeTravelHours?: number;
  readonly threads?: number;
}

export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  readonly size: number;
}

export interface BigQueryStandIn {
  /** Of its process. */
  readonly pid: number;
  /** The address of BigQuery's REST API, and of Cloud Storage's JSON API (`/storage/v1`, `/upload/storage/v1`). */
  readonly rest: string;
  readonly storagePort: number;
  readonly certificateFile: string;
  /** What clients of the metadata server's identity need. */
  readonly env: Readonly<Record<string, string>>;
  /** What leads clients to it as Google's own hosts, by a proxy. */
  readonly hostsEnv: Readonly<Record<string, string>>;
  /** What clients that sign in with a key file need, at Google's own hosts. */
  readonly keyEnv: Readonly<Record<string, string>>;
  /** A dataset of it, as Tidemark is given it. */
  url(dataset: string): string;
  createTable(table: NewTable): Promise<Version>;
  change(change: Change): Promise<Version>;
  append(table: TableName, rows: readonly BigQueryRow[], at?: string): Promise<Version>;
  /** An empty bucket of Cloud Storage, in the location of the stand-in unless told. */
  createBucket(name: string, location?: string): Promise<void>;
  putObject(bucket: string, name: string, text: string): Promise<void>;
  objects(): Promise<readonly StoredObject[]>;
  faults(...faults: readonly BigQueryFault[]): Promise<void>;
  deny(...denied: readonly Denied[]): Promise<void>;
  /** Ends every token that was issued. */
  expireTokens(): Promise<void>;
  settings(settings: BigQuerySettings): Promise<void>;
  seen(): Promise<BigQuerySeen>;
  /** The path of a service account's key file; of another account's, where it is one of `keyedAccounts`. */
  keyFile(account?: string): string;
  /** A folder as a user's home after `gcloud auth application-default login`. */
  gcloudHome(user: string): string;
  /** The path of a file for workload identity federation, and of the subject's token that it names. */
  federationFile(impersonate?: string): string;
  empty(): Promise<void>;
  stop(): void;
}

export const serviceAccount = 'keyed@data-project.iam.gserviceaccount.com';

/** All that have keys. */
export const keyedAccounts = {
  usual: serviceAccount,
  inUrl: 'url@data-project.iam.gserviceaccount.com',
  inVariable: 'variable@data-project.iam.gserviceaccount.com',
} as const;

const pem = {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
} as const;

function federation(directory: string, rest: string, impersonate: string | undefined): string {
  const subject = join(directory, 'subject');
  const file = join(directory, `federation-${impersonate ?? 'itself'}.json`);
  writeFileSync(subject, 'a.b.c');
  const account = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${rest}/v1/token`,
    credential_source: { file: subject },
    ...(impersonate !== undefined && {
      service_account_impersonation_url: `${rest}/v1/projects/-/serviceAccounts/${impersonate}:generateAccessToken`,
    }),
  };
  writeFileSync(file, JSON.stringify(account));
  return file;
}

/** The stand-in takes the user's name for a refresh token. */
function gcloudHome(directory: string, user: string): string {
  const home = join(directory, `home-${user}`);
  const config = join(home, '.config', 'gcloud');
  mkdirSync(config, { recursive: true });
  const login = { type: 'authorized_user', client_id: '1', client_secret: 'none', refresh_token: user };
  writeFileSync(join(config, 'application_default_credentials.json'), JSON.stringify(login));
  return home;
}

export async function startBigQuery(settings: BigQuerySettings = {}): Promise<BigQueryStandIn> {
  const directory = mkdtempSync(join(tmpdir(), 'tidemark-bigquery-'));
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });
  const program = new URL('./main.mjs', import.meta.url).pathname;
  const serviceAccounts = Object.fromEntries(Object.values(keyedAccounts).map((account) => [account, pair.publicKey]));
  const told = { ...settings, directory, serviceAccounts };
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(told)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC' },
  });
  const [line] = (await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])) as [Buffer | number];
  if (typeof line === 'number') throw new Error(`BigQuery's stand-in ended with ${line}`);
  const { rest, storagePort, metadata, connectProxy, certificate } = JSON.parse(String(line)) as Record<
    'rest' | 'metadata' | 'connectProxy' | 'certificate',
    string
  > & {
    storagePort: number;
  };
  const admin = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${rest}/-/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { error?: { message: string } };
    if (!response.ok) throw new Error(answer.error?.message);
    return answer;
  };
  const change = (one: Change) => admin<Version>('POST', 'rows', one);
  const keyFile = (email: string = serviceAccount) => {
    const file = join(directory, `key-${email}.json`);
    const account = { type: 'service_account', project_id: 'data-project', private_key_id: 'k1', client_id: '1' };
    const key = { private_key: pair.privateKey, client_email: email };
    writeFileSync(file, JSON.stringify({ ...account, ...key, token_uri: 'https://oauth2.googleapis.com/token' }));
    return file;
  };
  const trust = {
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    REQUESTS_CA_BUNDLE: certificate,
  };
  // gRPC reads the names in small letters alone.
  const proxied = { HTTPS_PROXY: connectProxy, https_proxy: connectProxy };
  const direct = { NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' };
  const hostsEnv = { ...trust, ...proxied, ...direct };
  return {
    pid: child.pid!,
    rest,
    storagePort,
    certificateFile: certificate,
    env: { ...trust, GCE_METADATA_HOST: metadata, GCE_METADATA_IP: metadata },
    hostsEnv,
    keyEnv: { ...hostsEnv, GOOGLE_APPLICATION_CREDENTIALS: keyFile() },
    url: (dataset) =>
      `bigquery://data-project/${dataset}?api-endpoint=${rest}&storage-endpoint=localhost:${storagePort}`,
    createTable: (table) => admin('POST', 'tables', table),
    change,
    append: (table, rows, at) => change({ ...table, append: rows, ...(at !== undefined && { at }) }),
    createBucket: async (name, location) => void (await admin('POST', 'buckets', { name, location })),
    putObject: async (bucket, name, text) => void (await admin('POST', 'objects', { bucket, name, text })),
    objects: () => admin('GET', 'objects'),
    faults: async (...faults) => void (await admin('POST', 'faults', faults)),
    deny: async (...denied) => void (await admin('POST', 'deny', denied)),
    expireTokens: async () => void (await admin('POST', 'expire')),
    settings: async (changed) => void (await admin('POST', 'settings', changed)),
    seen: () => admin('GET', 'seen'),
    keyFile,
    gcloudHome: (user) => gcloudHome(directory, user),
    federationFile: (impersonate) => federation(directory, rest, impersonate),
    empty: async () => void (await admin('DELETE', '')),
    stop: () => {
      child.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
