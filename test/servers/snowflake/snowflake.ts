import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goodKey } from '../s3/strict.js';

export interface SnowflakeColumn {
  readonly name: string;
  /** Such as `NUMBER(38,9)`, `TIMESTAMP_TZ(3)` or `VECTOR(FLOAT, 3)`. */
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly length?: number;
  readonly nullable?: boolean;
}

/** A row in friendly texts: see types.mjs. */
export type SnowflakeRow = Readonly<Record<string, unknown>>;

export interface SnowflakeTableName {
  /** DB and PUBLIC, unless told. */
  readonly database?: string;
  readonly schema?: string;
  readonly table: string;
}

export interface NewSnowflakeTable extends SnowflakeTableName {
  readonly columns?: readonly SnowflakeColumn[];
  readonly rows?: readonly SnowflakeRow[];
  /** A SELECT of DuckDB's with the columns in their order, for large tables: see macros.mjs. */
  readonly generate?: string;
  /** When this version came to be; now, unless told. */
  readonly at?: string;
  readonly kind?: 'TABLE' | 'VIEW' | 'TEMPORARY' | 'TRANSIENT';
  /** Of a view. */
  readonly query?: string;
  readonly retentionDays?: number;
  readonly changeTracking?: boolean;
  readonly clusterBy?: string;
  readonly bytes?: number;
  readonly iceberg?: boolean;
  readonly dynamic?: boolean;
  readonly hybrid?: boolean;
}

export interface SnowflakeChange extends SnowflakeTableName {
  readonly append?: readonly SnowflakeRow[];
  readonly replace?: readonly SnowflakeRow[];
  /** A condition of DuckDB's. */
  readonly delete?: string;
  /** What an UPDATE of DuckDB's sets, and of which rows. */
  readonly set?: string;
  readonly where?: string;
  readonly at?: string;
}

export interface SnowflakeVersion {
  readonly rows: number;
  /** When it came to be, in whole milliseconds. */
  readonly time: string;
  readonly millis: number;
  readonly micros: string;
}

/** A fault that the service is to play: see faults.mjs. */
export interface SnowflakeFault {
  readonly method?: string;
  /** A regular expression of the path with its query. */
  readonly path?: string;
  readonly skip?: number;
  readonly times?: number;
  readonly status?: number;
  readonly code?: string;
  readonly sqlState?: string;
  readonly message?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly wait?: number;
  readonly cut?: 'before' | 'after';
  readonly cutAfter?: number;
  readonly slow?: number;
  readonly schema?: 'other';
}

export interface SnowflakeStatementSeen {
  readonly queryId: string;
  readonly sql: string;
  readonly road: 'driver' | 'api';
  readonly describeOnly: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tag?: string;
  readonly requestId?: string;
  readonly user: string;
  readonly warehouse?: string;
  readonly role: string;
  readonly cancelled: boolean;
}

export interface SnowflakeSeen {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly accept?: string;
    readonly userAgent?: string;
    readonly tokenType?: string;
    readonly app?: string;
  }[];
  readonly logins: readonly {
    readonly authenticator: string;
    readonly user?: string;
    readonly app?: string;
    readonly version?: string;
    readonly application?: string;
    readonly environment: readonly string[];
    readonly provider?: string;
    readonly good: boolean;
  }[];
  readonly statements: readonly SnowflakeStatementSeen[];
  /** Chunks of the drivers' and partitions of the SQL API's but the first. */
  readonly chunks: readonly {
    readonly queryId: string;
    readonly index: number;
    readonly generation: number;
    readonly authorization: boolean;
    readonly status: number;
  }[];
  /** Each use by a statement that reads a table. */
  readonly warehouses: readonly { readonly name: string; readonly resumed: boolean }[];
  readonly renewals: number;
  readonly telemetry: number;
  readonly heartbeats: number;
  /** Sessions that were ended by their client. */
  readonly ended: number;
  readonly polls: number;
  /** Faults that did not come to be played. */
  readonly left: number;
}

export interface SnowflakeSettings {
  readonly account?: string;
  readonly user?: string;
  readonly password?: string;
  /** A session's, unless it says others; null for none. */
  readonly database?: string | null;
  readonly schema?: string | null;
  readonly warehouse?: string | null;
  readonly roles?: readonly string[];
  readonly warehouses?: readonly {
    readonly name: string;
    readonly state?: 'STARTED' | 'SUSPENDED';
    readonly size?: string;
    readonly auto_suspend?: string;
  }[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly oauthTokens?: readonly string[];
  readonly accessTokens?: readonly string[];
  readonly workloadTokens?: readonly string[];
  /** Of OAuth. */
  readonly expiredTokens?: readonly string[];
  readonly sessionSeconds?: number;
  readonly inlineRows?: number;
  readonly chunkRows?: number;
  /** That a file of COPY INTO has at most. */
  readonly fileRows?: number;
  readonly partitionRows?: number;
  readonly firstPartitionRows?: number;
  /** How long a query takes. */
  readonly jobMillis?: number;
  /** How long the drivers' road waits for a result before it says that the query is running. */
  readonly pollMillis?: number;
  /** And the SQL API. */
  readonly apiWaitMillis?: number;
  /** Tables may be altered, with `false`. */
  readonly readOnly?: boolean;
  readonly threads?: number;
  /** The same query gives the same result, which is made once. */
  readonly keepsResults?: boolean;
}

export interface SnowflakeStandIn {
  /** Of its process. */
  readonly pid: number;
  readonly url: string;
  readonly account: string;
  readonly user: string;
  readonly password: string;
  readonly tokens: { readonly oauth: string; readonly access: string; readonly workload: string };
  /** What clients of the unmodified driver need, so that it looks for no platform and sends no telemetry of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** The path of the user's private key; a wrong one is good for nobody. */
  keyFile(how?: {
    readonly encrypted?: boolean;
    readonly passphrase?: string;
    readonly headerless?: boolean;
    readonly wrong?: boolean;
  }): string;
  /** A signed JWT of the user's; its times in seconds. */
  jwt(how?: { readonly wrong?: boolean; readonly expired?: boolean }): string;
  createTable(table: NewSnowflakeTable): Promise<SnowflakeVersion>;
  change(change: SnowflakeChange): Promise<SnowflakeVersion>;
  append(table: SnowflakeTableName, rows: readonly SnowflakeRow[], at?: string): Promise<SnowflakeVersion>;
  faults(...faults: readonly SnowflakeFault[]): Promise<void>;
  /** Ends every session token; with `masters`, those that renew them too. */
  expireSessions(how?: { readonly masters?: boolean }): Promise<void>;
  /** Chunks' URLs that were given out are refused from now on. */
  expireChunks(): Promise<void>;
  /** Results are gone, as after 24 hours. */
  forgetResults(): Promise<void>;
  settings(settings: SnowflakeSettings): Promise<void>;
  /** Where COPY INTO may write, by a storage integration: a store of the tests. */
  unloadsTo(
    store: { readonly endpoint: string },
    how: { readonly integration: string; readonly allowed: readonly string[] },
  ): Promise<void>;
  seen(): Promise<SnowflakeSeen>;
  /** Everything as it was at the start. */
  empty(): Promise<void>;
  stop(): void;
}

export const passphrase = 'pass-canary';
const account = 'TESTACCT';
const user = 'ROBOT';
const password = 'secret-canary';
const tokens = { oauth: 'oauth-token-canary', access: 'access-token-canary', workload: 'workload-token-canary' };

const makePair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

function makeJwt(privateKey: string, expired: boolean): string {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const fingerprint = createHash('sha256').update(der).digest('base64');
  const now = Math.floor(Date.now() / 1000) - (expired ? 7200 : 0);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: `${account}.${user}.SHA256:${fingerprint}`,
    sub: `${account}.${user}`,
    iat: now,
    exp: now + 3540,
  };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

function writeKey(
  file: string,
  pem: string,
  { encrypted, phrase, headerless }: { encrypted: boolean; phrase: string; headerless: boolean },
): string {
  const locked = encrypted
    ? createPrivateKey(pem)
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: phrase })
        .toString()
    : pem;
  writeFileSync(file, headerless ? locked.replace(/-----[^-]+-----\n?/g, '') : locked, { mode: 0o600 });
  return file;
}

export async function startSnowflake(settings: SnowflakeSettings = {}): Promise<SnowflakeStandIn> {
  const directory = mkdtempSync(join(tmpdir(), 'tidemark-snowflake-'));
  const [pair, stranger] = [makePair(), makePair()];
  const program = new URL('./main.mjs', import.meta.url).pathname;
  const lists = { oauthTokens: [tokens.oauth], accessTokens: [tokens.access], workloadTokens: [tokens.workload] };
  const told = { ...lists, ...settings, publicKey: pair.publicKey };
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(told)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC' },
  });
  const [line] = (await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])) as [Buffer | number];
  if (!Buffer.isBuffer(line)) throw new Error(`Snowflake's stand-in ended with ${line}`);
  const { url } = JSON.parse(String(line)) as { url: string };
  const admin = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/-/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(answer.message);
    return answer;
  };
  const change = (one: SnowflakeChange) => admin<SnowflakeVersion>('POST', 'rows', one);
  return {
    ...{ pid: child.pid!, url, account, user, password, tokens },
    env: {
      SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
      SNOWFLAKE_DISABLE_MINICORE: '1',
      SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
    },
    keyFile: ({ encrypted = false, passphrase: phrase = passphrase, headerless = false, wrong = false } = {}) =>
      writeKey(
        join(directory, `key-${[encrypted, phrase, headerless, wrong].join('-')}.p8`),
        (wrong ? stranger : pair).privateKey,
        { encrypted, phrase, headerless },
      ),
    jwt: ({ wrong = false, expired = false } = {}) => makeJwt((wrong ? stranger : pair).privateKey, expired),
    createTable: (table) => admin('POST', 'tables', table),
    change,
    append: (table, rows, at) => change({ ...table, append: rows, ...(at !== undefined && { at }) }),
    faults: async (...faults) => void (await admin('POST', 'faults', faults)),
    expireSessions: async (how) => void (await admin('POST', 'expire', how ?? {})),
    expireChunks: async () => void (await admin('POST', 'expire-chunks')),
    forgetResults: async () => void (await admin('POST', 'forget-results')),
    settings: async (changed) => void (await admin('POST', 'settings', changed)),
    unloadsTo: async ({ endpoint }, how) => {
      const credentials = { accessKeyId: goodKey.AWS_ACCESS_KEY_ID, secretAccessKey: goodKey.AWS_SECRET_ACCESS_KEY };
      await admin('POST', 'unloads-to', { endpoint, credentials, ...how });
    },
    seen: () => admin('GET', 'seen'),
    empty: async () => void (await admin('DELETE', '')),
    stop: () => {
      child.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
