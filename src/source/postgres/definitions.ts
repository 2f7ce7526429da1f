import pRetry from 'p-retry';
import { TidemarkError } from '../../core/errors.js';
import { changedDuringRun } from './as-planned.js';
import { connect, type PgConnection } from './connect.js';
import { definitionsStatement } from './definitions-sql.js';
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
  const values = [scope.relations, scope.types, scope.queries];
  const context = { doing: 'reading the definitions of what is read' };
  const rows = await connection.query<Definition & { kind: string }>(definitionsStatement, values, context);
  return new Map(rows.map((row) => [`${row.kind} ${row.id}`, row]));
}

/** Types with smaller ids come with the server. */
const FIRST_OF_USERS = 16384;
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
    const changes = changesBetween(base, now);
    if (changes.length > 0) throw changedDuringRun(changes);
  }
}

/**
 * What changed, in words. New labels and names change no value that was there. A new function or operator may be taken for an old
 * one where the query can see it, and where its arguments are of types that there were.
 */
export function changesBetween(base: Definitions, now: Definitions): string[] {
  const lost = [...base].flatMap(([key, { kind, name, hash }]) => {
    const current = now.get(key);
    if (current === undefined) return [`${kind} ${name} is gone`];
    if (current.name !== name) return [`${kind} ${name} is ${current.name} now`];
    return current.hash === hash ? [] : [`${kind} ${name} is another one now`];
  });
  const known = (type: number): boolean => type < FIRST_OF_USERS || base.has(`type ${type}`);
  const made = [...now].filter(([key, { kind, visible, types }]) => {
    if (base.has(key) || kind === 'label' || kind === 'name') return false;
    return types === null || (visible && types.every(known));
  });
  return [...lost, ...made.map(([, { kind, name }]) => `${kind} ${name} is new`)];
}

/** Undefined where this user may not look into the catalogs. The transaction goes on. */
export async function readDefinitionsIfAllowed(
  connection: PgConnection,
  scope: DefinitionScope,
): Promise<Definitions | undefined> {
  await connection.query('SAVEPOINT definitions');
  try {
    return await readDefinitions(connection, scope);
  } catch (error) {
    if (TidemarkError.from(error).code !== 'source.permission') throw error;
    await connection.query('ROLLBACK TO SAVEPOINT definitions');
    return undefined;
  }
}
