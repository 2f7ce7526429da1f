import type { Connection, ConnectionOptions, RowStatement, SnowflakeError, StatementOption } from 'snowflake-sdk';
import { TidemarkError } from '../../../core/errors.js';
import { withPatience } from '../../../core/retry.js';
import { servicePatience } from '../../service-patience.js';
import { passes, ServiceRefusal } from './errors.js';
import type { SnowflakeField } from './field.js';
import { ask } from './http.js';
import { logIn } from './login.js';
import {
  assertParts,
  type ChunkList,
  type KnownResult,
  type ResultPart,
  rowsText,
  type Statement,
  type StoredResult,
} from './result.js';
import type { SnowflakeSettings } from './settings/shape.js';
import { tokenOf } from './tokens.js';

/** Milliseconds. */
const farewell = 3_000;
const lastWait = 10_000;
/** A session that has ended, and is begun anew by the vendor's client when that is asked for something. */
const expired = '390112';
/** All values but moments, which would be written as the session's settings say. */
const asTexts = ['String', 'Boolean', 'Number', 'JSON', 'Buffer'] as const;

/** A moment, as the vendor's client has it. */
interface SdkMoment {
  getEpochSeconds(): number;
  getNanoSeconds(): number;
}

/** A result, as the service tells its drivers. */
interface RawResult {
  readonly success: boolean;
  readonly code?: string | null;
  readonly message?: string | null;
  readonly data: {
    readonly rowtype: readonly SnowflakeField[];
    readonly rowset: readonly unknown[];
    readonly total: number;
    readonly chunks?: readonly {
      readonly url: string;
      readonly rowCount: number;
      readonly uncompressedSize?: number;
    }[];
    readonly chunkHeaders?: Readonly<Record<string, string>>;
    /** The key of chunks, where no headers are told. */
    readonly qrmk?: string;
  } | null;
}

/** A session of the vendor's own client: it logs in, renews itself, and runs statements. */
export class SnowflakeSession {
  private readonly generations = new Map<string, number>();

  private constructor(
    private readonly connection: Connection,
    private readonly settings: SnowflakeSettings,
    private readonly around: { readonly silence: number; readonly signal: AbortSignal },
  ) {}

  /** @throws what the vendor's client says */
  static async open(
    settings: SnowflakeSettings,
    around: { readonly silence: number; readonly signal: AbortSignal },
  ): Promise<SnowflakeSession> {
    const { account, endpoint, role, warehouse, database, schema, queryTag } = settings;
    const options = (): ConnectionOptions => ({
      ...{ account, accessUrl: endpoint, queryTag },
      ...(role !== undefined && { role }),
      ...(warehouse !== undefined && { warehouse }),
      ...(database !== undefined && { database }),
      ...(schema !== undefined && { schema }),
      ...credentialsOf(settings),
      application: 'tidemark',
      clientSessionKeepAlive: true,
      disableConsoleLogin: true,
      rowMode: 'array',
      fetchAsString: [...asTexts],
      representNullAsStringNull: false,
    });
    const connection = await logIn(options, around.signal);
    return new SnowflakeSession(connection, settings, around);
  }

  /** The columns of a query, which is not run. */
  async describe(statement: Statement): Promise<readonly SnowflakeField[]> {
    const described = await this.#execute(statement, { describeOnly: true });
    return fieldsOf(described);
  }

  /** The rows of a small result, as texts by the names of their columns; moments as seconds since 1970 with nine digits after the point. */
  async rows(statement: Statement, timeout?: number): Promise<readonly Readonly<Record<string, string | null>>[]> {
    return this.#rowsOf(await this.#execute(statement, { parameters: parametersOf(timeout) }));
  }

  /** Runs a statement that writes files. When that is ended from here, its end is awaited for a while. */
  async unload(sql: string, timeout?: number): Promise<{ readonly id: string; readonly rows: number }> {
    // Types are those of columns, and not those that would do for the values.
    const parameters = { ...parametersOf(timeout), ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION: 'false' };
    const done = await this.#execute({ sql, binds: [] }, { parameters }, lastWait);
    const [told] = await this.#rowsOf(done);
    const rows = Object.entries(told ?? {}).find(([name]) => name.toLowerCase() === 'rows_unloaded')?.[1];
    if (rows === undefined || rows === null)
      throw new TidemarkError('source.protocol', 'the service does not tell how many rows it has written', {
        hint: 'Nothing is published. Leave --via unload out.',
      });
    return { id: done.getQueryId(), rows: Number(rows) };
  }

  async #rowsOf(done: RowStatement): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const names = fieldsOf(done).map(({ name }) => name);
    const rows: Record<string, string | null>[] = [];
    for await (const row of done.streamRows() as AsyncIterable<readonly (string | SdkMoment | null)[]>)
      rows.push(Object.fromEntries(names.map((name, index) => [name, plainOf(row[index])])));
    return rows;
  }

  /** Runs a statement, once. */
  async run(statement: Statement, timeout: number | undefined): Promise<StoredResult> {
    const done = await this.#execute(statement, { parameters: parametersOf(timeout) });
    const id = done.getQueryId();
    const { rowtype, rowset, total, chunks = [] } = await this.#result(id);
    const parts: readonly ResultPart[] = [
      { rows: rowset.length, bytes: 0 },
      ...chunks.map(({ rowCount, uncompressedSize = 0 }) => ({ rows: rowCount, bytes: uncompressedSize })),
    ];
    const result = { id, rows: total, fields: rowtype.map(fieldOf), parts, firstRows: rowsText(rowset) };
    assertParts(result);
    return result;
  }

  /** Where a result's chunks are: addresses that expire, and are told anew whenever it is asked. */
  async chunks({ id, parts }: KnownResult): Promise<ChunkList> {
    const { chunks = [], chunkHeaders, qrmk } = await this.#result(id);
    const isSame =
      chunks.length === parts.length - 1 && chunks.every(({ rowCount }, index) => rowCount === parts[index + 1]!.rows);
    if (!isSame)
      throw new TidemarkError('source.lost', `statement ${id}: its result is told in other parts than before`, {
        hint: 'Nothing is published. Run again.',
      });
    const generation = (this.generations.get(id) ?? 0) + 1;
    this.generations.set(id, generation);
    return { urls: chunks.map(({ url }) => url), headers: chunkHeaders ?? headersOf(qrmk), generation };
  }

  /** The rows of a result's first part, in JSON with commas between them. */
  async firstRows(id: string): Promise<string> {
    return rowsText((await this.#result(id)).rowset);
  }

  /** Ends the session, which would stay with the service for hours; does not wait long for that. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, farewell);
      this.connection.destroy(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** The stored result of a statement, by the same address as all drivers use. */
  #result(id: string): Promise<NonNullable<RawResult['data']>> {
    const { signal, silence } = this.around;
    const attempt = async (): Promise<NonNullable<RawResult['data']>> => {
      const url = `${this.settings.endpoint}/queries/${encodeURIComponent(id)}/result`;
      const headers = { authorization: `Snowflake Token="${this.#token()}"`, accept: 'application/snowflake' };
      const { body } = await ask({ url, headers, silence }, signal);
      const { success, code, message, data } = JSON.parse(body.toString()) as RawResult;
      if (success && data !== null) return data;
      // The client renews what has expired when it is to run something.
      if (code === expired) await this.#execute({ sql: 'SELECT 1', binds: [] }, {});
      throw new ServiceRefusal(String(code), message ?? '');
    };
    const isWorthIt = (error: unknown): boolean => passes(error) || (error as ServiceRefusal).code === expired;
    return withPatience(attempt, { ...servicePatience, signal }, { passes: isWorthIt });
  }

  #token(): string {
    const { services } = JSON.parse(this.connection.serialize()) as {
      readonly services: { readonly sf: { readonly tokenInfo: { readonly sessionToken: string } } };
    };
    return services.sf.tokenInfo.sessionToken;
  }

  /** @param wait milliseconds for which the end of what was cancelled is awaited */
  #execute({ sql, binds }: Statement, more: Partial<StatementOption>, wait = 0): Promise<RowStatement> {
    const { signal } = this.around;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const complete = (error: SnowflakeError | undefined, done: unknown): void => {
        signal.removeEventListener('abort', stop);
        if (signal.aborted) reject(signal.reason as Error);
        else if (error) reject(error);
        else resolve(done as RowStatement);
      };
      const running = this.connection.execute({
        ...{ sqlText: sql, binds: [...binds], streamResult: true, complete },
        ...more,
      }) as RowStatement;
      // What nobody waits for is not to be billed.
      const stop = (): void => {
        running.cancel(() => undefined);
        setTimeout(() => reject(signal.reason as Error), wait);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/** @param timeout in seconds; undefined: the warehouse's own limit */
const parametersOf = (timeout: number | undefined): Readonly<Record<string, string | number>> => ({
  ...{ TIMEZONE: 'UTC', BINARY_OUTPUT_FORMAT: 'HEX' },
  ...(timeout !== undefined && { STATEMENT_TIMEOUT_IN_SECONDS: timeout }),
});

function plainOf(value: string | SdkMoment | null | undefined): string | null {
  if (value === null || value === undefined || typeof value === 'string') return value ?? null;
  return `${value.getEpochSeconds()}.${String(value.getNanoSeconds()).padStart(9, '0')}`;
}

function credentialsOf({ identity }: SnowflakeSettings): object {
  switch (identity.kind) {
    case 'key':
      return { authenticator: 'SNOWFLAKE_JWT', username: identity.user, privateKey: identity.privateKey.reveal() };
    case 'password':
      return { username: identity.user, password: identity.password.reveal() };
    case 'workload':
      return {
        ...{ authenticator: 'WORKLOAD_IDENTITY', workloadIdentityProvider: identity.provider },
        ...(identity.token && { token: identity.token.reveal() }),
      };
    default:
      return {
        authenticator: identity.kind === 'oauth' ? 'OAUTH' : 'PROGRAMMATIC_ACCESS_TOKEN',
        ...(identity.user !== undefined && { username: identity.user }),
        token: tokenOf(identity.token),
      };
  }
}

/** How chunks are asked for where no headers are told. */
const headersOf = (key: string | undefined): Readonly<Record<string, string>> =>
  key === undefined
    ? {}
    : {
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': key,
      };

const fieldOf = (field: SnowflakeField): SnowflakeField => ({ ...field, type: field.type.toLowerCase() });

const fieldsOf = (statement: RowStatement): readonly SnowflakeField[] =>
  (statement.getColumns() ?? []).map((column) => {
    const [precision, scale] = [column.getPrecision(), column.getScale()];
    return { name: column.getName(), type: column.getType().toLowerCase(), precision, scale };
  });
