import { invalidRequest, type TidemarkError } from '../../../core/errors.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { Budget } from '../cost/budget.js';
import { type Warehouse, warehouseOf } from '../cost/warehouse.js';
import type { ErrorContext } from '../../error-context.js';
import { snowflakeFailure } from './errors.js';
import type { SnowflakeField } from './field.js';
import type { ChunkList, KnownResult, Statement, StoredResult } from './result.js';
import { SnowflakeSession } from './session.js';
import type { SnowflakeSettings } from './settings/shape.js';
import { type ApiAccess, firstRowsByApi, runByApi } from './sql-api.js';
import { factsOfTable, factsOfView, microsOf, notFound, type TableFacts } from './table-facts.js';
import { quotedName, type TableName, textLiteral, textOf } from './table-name.js';
import { type ApiToken, apiToken, hasApiToken } from './tokens.js';

/** Milliseconds of silence after which nobody is there. */
const silence = 60_000;

/** By which road rows come: partitions of the SQL API, or chunks that a session is told of. */
export type Road = 'api' | 'chunks';

/** What the session says of itself. */
export interface SessionFacts {
  readonly version: string;
  readonly user: string;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
  /** By the service's clock, in microseconds since 1970. */
  readonly now: bigint;
}

const factsSql =
  'SELECT CURRENT_VERSION() AS VERSION, CURRENT_USER() AS LOGIN, CURRENT_ROLE() AS ROLE, CURRENT_WAREHOUSE() AS WAREHOUSE, CURRENT_DATABASE() AS DATABASE, CURRENT_SCHEMA() AS SCHEMA, CURRENT_TIMESTAMP() AS NOW';

type Told = Pick<ErrorContext, 'secrets' | 'hideValues'>;

/** Snowflake as one identity. Methods throw source.*, request.invalid. */
export class SnowflakeService {
  readonly #tables = new Map<string, Promise<TableFacts>>();

  private constructor(
    private readonly by: { readonly session: SnowflakeSession; readonly settings: SnowflakeSettings },
    readonly facts: SessionFacts,
    private readonly around: { readonly signal: AbortSignal; readonly told: Told; readonly budget: Budget },
    readonly warehouse: Warehouse | undefined,
  ) {}

  static async open(
    { connection, maxStatement, maxCredits }: Pick<SourceRequest, 'connection' | 'maxStatement' | 'maxCredits'>,
    signal: AbortSignal,
    told: Told,
  ): Promise<SnowflakeService> {
    const settings = connection as SnowflakeSettings;
    const identity = identityText(settings);
    const failing = (thrown: unknown, doing: string): TidemarkError => {
      signal.throwIfAborted();
      return snowflakeFailure(thrown, { doing, identity, ...told });
    };
    const session = await SnowflakeSession.open(settings, { silence, signal }).catch((thrown: unknown) => {
      throw failing(thrown, `log in at ${settings.endpoint}`);
    });
    try {
      const [row] = await session.rows({ sql: factsSql, binds: [] });
      const facts = factsOf(row!);
      const warehouse = await warehouseIn(session, facts);
      const longest = maxStatement === undefined ? undefined : Math.max(1, Math.ceil(maxStatement / 1000));
      const budget = new Budget(warehouse, maxCredits, longest);
      return new SnowflakeService({ session, settings }, facts, { signal, told, budget }, warehouse);
    } catch (thrown) {
      await session.close();
      throw failing(thrown, 'look at the session');
    }
  }

  /** Who asks, for people. */
  get identity(): string {
    return identityText(this.by.settings);
  }

  close(): Promise<void> {
    return this.by.session.close();
  }

  /** By which road rows come. @throws request.invalid where the identity does not go with it */
  roadOf(via: string): Road {
    const isPossible = hasApiToken(this.by.settings);
    if (via === 'api' && !isPossible)
      throw invalidRequest(
        `via: the SQL API does not take ${this.by.settings.identity.kind === 'password' ? 'a password' : 'a workload’s identity'}`,
        'Leave --via out, or give a key or a token.',
      );
    return via === 'chunks' || !isPossible ? 'chunks' : 'api';
  }

  /** Looked at once: a run decides by what it saw first. */
  table(name: TableName): Promise<TableFacts> {
    const key = textOf(name);
    const known = this.#tables.get(key) ?? this.#ask(`look at ${key}`, () => this.#lookAt(name));
    this.#tables.set(key, known);
    known.catch(() => this.#tables.delete(key));
    return known;
  }

  async #lookAt(name: TableName): Promise<TableFacts> {
    const { database, schema, table } = name;
    const where = `LIKE '${table.replace(/['\\]/g, '\\$&')}' IN SCHEMA ${quotedName(database)}.${quotedName(schema)}`;
    const show = async (what: string): Promise<Readonly<Record<string, string | null>> | undefined> => {
      const rows = await this.by.session.rows({ sql: `SHOW ${what} ${where}`, binds: [] });
      return rows.find((row) => row['name'] === table);
    };
    const found = await show('TABLES');
    if (found !== undefined) return factsOfTable(found);
    const view = await show('VIEWS');
    if (view !== undefined) return factsOfView(view);
    throw notFound(name);
  }

  describe(statement: Statement): Promise<readonly SnowflakeField[]> {
    return this.#ask('try the query', () => this.by.session.describe(statement));
  }

  /** The first row of a small result, as texts; undefined: there is none. @param doing what it is for */
  row(statement: Statement, doing: string): Promise<readonly (string | null)[] | undefined> {
    return this.#ask(doing, async () => {
      const [first] = await this.around.budget.spend((timeout) => this.by.session.rows(statement, timeout));
      return first && Object.values(first);
    });
  }

  /** Runs a statement, once; its result is read as often as it takes. */
  run(statement: Statement, road: Road): Promise<StoredResult> {
    const { queryTag } = this.by.settings;
    const { database, schema, warehouse, role } = this.facts;
    const own = (name: string | null): string | undefined => (name === null ? undefined : name);
    const place = { database: own(database), schema: own(schema), warehouse: own(warehouse), role: own(role) };
    const run = (timeout: number | undefined): Promise<StoredResult> =>
      road === 'chunks'
        ? this.by.session.run(statement, timeout)
        : runByApi(statement, { ...place, queryTag, timeout }, this.#access());
    return this.#ask('run the query', () => this.around.budget.spend(run), true);
  }

  /** Runs a statement that writes files, once. @param doing what it is for */
  unload(sql: string, doing: string): Promise<{ readonly id: string; readonly rows: number }> {
    const run = (timeout: number | undefined): ReturnType<SnowflakeSession['unload']> =>
      this.by.session.unload(sql, timeout);
    return this.#ask(doing, () => this.around.budget.spend(run));
  }

  /** Bytes that a statement would scan, as the service says without running it; undefined: it does not. */
  async scanned({ sql, binds }: Statement): Promise<number | undefined> {
    if (binds.length > 0) return undefined;
    const [row] = await this.#ask('explain the query', () =>
      this.by.session.rows({ sql: `EXPLAIN USING JSON ${sql}`, binds: [] }),
    );
    const told = JSON.parse(Object.values(row ?? {})[0] ?? '{}') as {
      readonly GlobalStats?: { readonly bytesAssigned?: number };
    };
    return told.GlobalStats?.bytesAssigned;
  }

  /** About how many credits statements took so far; undefined: it is not known. */
  get credits(): number | undefined {
    return this.around.budget.credits;
  }

  /** Where a result's chunks are. */
  chunks(result: KnownResult): Promise<ChunkList> {
    return this.#ask(`look for the rows of statement ${result.id}`, () => this.by.session.chunks(result));
  }

  /** The rows of a result's first part, in JSON with commas between them. */
  firstRows({ id }: KnownResult, road: Road): Promise<string> {
    return this.#ask(`read the first rows of statement ${id}`, () =>
      road === 'chunks' ? this.by.session.firstRows(id) : firstRowsByApi(id, this.#access()),
    );
  }

  /** @throws source.auth */
  token(): Promise<ApiToken> {
    return this.#ask('get a token', () => Promise.resolve(apiToken(this.by.settings)));
  }

  #access(): ApiAccess {
    const { endpoint } = this.by.settings;
    return { endpoint, silence, signal: this.around.signal, token: () => apiToken(this.by.settings) };
  }

  async #ask<T>(doing: string, action: () => Promise<T>, isDescribed = false): Promise<T> {
    const { signal, told } = this.around;
    try {
      return await action();
    } catch (thrown) {
      signal.throwIfAborted();
      throw snowflakeFailure(thrown, { doing, identity: this.identity, ...told }, isDescribed);
    }
  }
}

function factsOf(row: Readonly<Record<string, string | null>>): SessionFacts {
  const { VERSION, LOGIN, ROLE, WAREHOUSE, DATABASE, SCHEMA, NOW } = row;
  return {
    ...{ version: VERSION ?? '', user: LOGIN ?? '' },
    ...{ role: ROLE ?? null, warehouse: WAREHOUSE ?? null, database: DATABASE ?? null, schema: SCHEMA ?? null },
    now: microsOf(NOW!),
  };
}

/** The warehouse that runs statements; undefined: there is none, or the role may not see it. */
async function warehouseIn(session: SnowflakeSession, { warehouse }: SessionFacts): Promise<Warehouse | undefined> {
  if (warehouse === null) return undefined;
  const rows = await session.rows({ sql: `SHOW WAREHOUSES LIKE ${textLiteral(warehouse)}`, binds: [] });
  const found = rows.find((row) => row['name'] === warehouse);
  return found && warehouseOf(found);
}

const ways = {
  key: 'key pair',
  oauth: 'OAuth',
  pat: 'programmatic access token',
  workload: 'workload identity',
  password: 'password',
} as const;

/** For people: `ROBOT (key pair: SNOWSQL_PRIVATEKEY)`. */
function identityText({ identity }: SnowflakeSettings): string {
  const user = 'user' in identity ? identity.user : undefined;
  const way = identity.kind === 'workload' ? `${ways.workload} of ${identity.provider}` : ways[identity.kind];
  return `${user === undefined ? 'the user' : user} (${way}: ${identity.origin})`;
}
