import pRetry from 'p-retry';
import { TidemarkError } from '../../core/errors.js';
import { changedDuringRun } from './as-planned.js';
import { connect, type PgConnection } from './connect.js';
import { definitionsStatement } from './definitions-sql.js';
import { FIRST_OF_USERS } from './locked.js';
import { beginSession } from './session.js';
import type { PostgresSettings } from './settings/shape.js';

/** What of the schema the run depends on. */
export interface DefinitionScope {
  /** Oids of all relations that are read. */
  readonly relations: readonly number[];
  /** Oids of the types of result columns. */
  readonly types: readonly number[];
  /** The text of the user's queries; empty where only tables are read. */
  readonly queries: string;
  /** Whether functions are among it, whose bodies name other objects. */
  readonly bodies?: boolean;
}

interface Definition {
  readonly kind: string;
  readonly id: number;
  readonly name: string;
  readonly hash: string | null;
  /** Whether the query may mean it by its name alone. */
  readonly visible: boolean;
  /** Oids of the types of its arguments, where it has such. */
  readonly types: readonly number[] | null;
}

/** Definitions by kind and id. */
export type Definitions = ReadonlyMap<string, Definition>;

/** The definitions as the connection's transaction sees them. @throws source.permission where catalogs are closed */
export async function readDefinitions(connection: PgConnection, scope: DefinitionScope): Promise<Definitions> {
  const values = [scope.relations, scope.types, scope.queries, scope.bodies ?? false];
  // Compiling it takes longer than running it.
  await connection.query('SET LOCAL jit = off');
  const context = { doing: 'reading the definitions of what is read' };
  const rows = await connection.query<Definition & { kind: string }>(definitionsStatement, values, context);
  return new Map(rows.map((row) => [`${row.kind} ${row.id}`, row]));
}

/** Milliseconds between two looks while lanes read. */
const INTERVAL = 30_000;
/** How often a look is tried where the server has no connection free. */
const RETRIES = 4;

/**
 * Watches over what decides rows and values and is held by no lock: labels, types, views, policies, functions. The base is
 * how they were at the snapshot; it is compared with how they are, as a fresh transaction sees it.
 */
export class DefinitionWatch {
  /** Rejects when a look in between found a change; never resolves. */
  readonly changed: Promise<never>;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly settings: PostgresSettings,
    private readonly scope: DefinitionScope,
    private readonly base: Definitions,
    private readonly signal: AbortSignal,
  ) {
    let fail: (error: unknown) => void;
    this.changed = new Promise<never>((_, reject) => (fail = reject));
    this.changed.catch(() => undefined);
    this.timer = setInterval(() => void this.look().catch(fail), INTERVAL).unref();
  }

  /**
   * Compares by a connection of its own.
   * @param scope more than at the beginning, with its own base
   * @throws source.changed; source.* where the server does not answer
   */
  check(scope = this.scope, base = this.base): Promise<void> {
    return pRetry(() => this.checkAnew(scope, base), {
      retries: RETRIES,
      minTimeout: 500,
      signal: this.signal,
      shouldRetry: ({ error }) => error instanceof TidemarkError && error.retryable,
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** A server that does not answer now may answer the next time; what counts is the look at the end. */
  private async look(): Promise<void> {
    try {
      await this.checkAnew(this.scope, this.base);
    } catch (error) {
      if (TidemarkError.from(error).code === 'source.changed') throw error;
    }
  }

  private async checkAnew(scope: DefinitionScope, base: Definitions): Promise<void> {
    const connection = await connect(this.settings, { signal: this.signal, purpose: 'watch' });
    try {
      await this.checkOn(connection, scope, base);
    } finally {
      await connection.close();
    }
  }

  /** Compares by a connection that has no transaction open. @throws source.changed */
  async checkOn(connection: PgConnection, scope = this.scope, base = this.base): Promise<void> {
    await beginSession(connection, 'READ COMMITTED');
    const now = await readDefinitions(connection, scope);
    await connection.query('ROLLBACK');
    const changes = changesBetween(base, now, scope);
    if (changes.length > 0) throw changedDuringRun(changes);
  }
}

/** What changed, in words. */
function changesBetween(base: Definitions, now: Definitions, { queries }: Pick<DefinitionScope, 'queries'>): string[] {
  const lost = [...base].flatMap(([key, { kind, name, hash }]) => {
    const current = now.get(key);
    if (current === undefined) return [`${kind} ${name} is gone`];
    if (current.name !== name) return [`${kind} ${name} is ${current.name} now`];
    return current.hash === hash ? [] : [`${kind} ${name} is another one now`];
  });
  const words = new Set(queries.toLowerCase().split(/[^a-z0-9_$]+/));
  const made = [...now].filter(([key, definition]) => !base.has(key) && matters(definition, base, words));
  return [...lost, ...made.map(([, { kind, name }]) => `${kind} ${name} is new`)];
}

/**
 * Whether something new may change what was there. A function, operator or cast: where the query sees it, and its arguments are
 * of types that there were. A type or relation: where the query sees it, and may mean it. New labels, names and the like do not.
 */
function matters({ kind, name, visible, types }: Definition, base: Definitions, words: ReadonlySet<string>): boolean {
  const isNamed = words.has(name.split('.').at(-1)!.toLowerCase());
  switch (kind) {
    case 'function':
    case 'operator':
    case 'cast':
      return visible && types!.every((type) => type < FIRST_OF_USERS || base.has(`type ${type}`));
    case 'type':
    case 'text search configuration':
    case 'text search dictionary':
      return visible && isNamed;
    case 'relation':
      return visible && (isNamed || [...base.values()].some((one) => one.kind === 'function'));
    case 'policy':
    case 'rule':
    case 'role':
    case 'generated column':
      return true;
    default:
      return false;
  }
}

/**
 * The definitions at the snapshot. Bodies of functions are looked into only where there are functions: there may be thousands
 * that have nothing to do with the run. Undefined where this user may not look into the catalogs; the transaction goes on.
 */
export async function readBase(
  connection: PgConnection,
  scope: DefinitionScope,
): Promise<{ readonly scope: DefinitionScope; readonly definitions: Definitions } | undefined> {
  await connection.query('SAVEPOINT definitions');
  try {
    const definitions = await readDefinitions(connection, scope);
    if (![...definitions.values()].some(({ kind }) => kind === 'function')) return { scope, definitions };
    const wider = { ...scope, bodies: true };
    return { scope: wider, definitions: await readDefinitions(connection, wider) };
  } catch (error) {
    if (TidemarkError.from(error).code !== 'source.permission') throw error;
    await connection.query('ROLLBACK TO SAVEPOINT definitions');
    return undefined;
  }
}
