import { systemClock } from '../../../core/clock.js';
import { withPatience } from '../../../core/retry.js';
import { TidemarkError } from '../../../core/errors.js';
import { changedDuringRun } from '../snapshot/as-planned.js';
import { connect } from '../../postgres-protocol/connect.js';
import type { ConnectOptions, PgConnection } from '../../postgres-protocol/connection.js';
import { definitionsStatement } from './statement.js';
import { firstOfUsers } from '../snapshot/locked-relations.js';
import { beginSession } from '../snapshot/session.js';
import type { PostgresSettings } from '../../postgres-protocol/settings.js';

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
  /** For people. */
  readonly name: string;
  /** Its bare name, by which a text may mean it. */
  readonly word: string | null;
  readonly hash: string | null;
  /** Whether the text may mean it by its name alone. */
  readonly visible: boolean;
  /** Whether there is another one of that name. */
  readonly shadows: boolean;
  /** Oids of the types of its arguments, where it has such. */
  readonly types: readonly number[] | null;
}

/** Definitions by kind and id. */
export type Definitions = ReadonlyMap<string, Definition>;

interface Row extends Definition {
  /** An operator or a cast that counts where its types do. */
  readonly maybe: boolean;
}

/**
 * The definitions as the connection's transaction sees them. Operators and casts are used without a name, so they count where all
 * their types do; what they lead to is looked for in turn, until there is no more.
 * @throws source.permission where catalogs are closed
 */
export async function readDefinitions(connection: PgConnection, scope: DefinitionScope): Promise<Definitions> {
  // Compiling it takes longer than running it.
  await connection.query('SET LOCAL jit = off');
  const counting = { operator: new Set<number>(), cast: new Set<number>() };
  for (;;) {
    const values = [
      scope.relations,
      scope.types,
      scope.queries,
      scope.bodies ?? false,
      ...Object.values(counting).map((oids) => [...oids]),
    ];
    const rows = await connection.query<Row>(definitionsStatement, values, {
      doing: 'reading the definitions of what is read',
    });
    const definitions = new Map(rows.filter(({ maybe }) => !maybe).map((row) => [keyOf(row), row]));
    const more = rows.filter((row) => row.maybe && !definitions.has(keyOf(row)) && typesCount(row, definitions));
    if (more.length === 0) return definitions;
    for (const { kind, id } of more) counting[kind as keyof typeof counting].add(id);
  }
}

const keyOf = ({ kind, id }: Pick<Definition, 'kind' | 'id'>): string => `${kind} ${id}`;

/** Whether all types of its arguments are the server's own or among what is read. */
function typesCount({ types }: Definition, definitions: Definitions): boolean {
  return types!.every((type) => type < firstOfUsers || definitions.has(`type ${type}`));
}

/** Milliseconds between two looks while lanes read. */
const lookInterval = 30_000;
/** How often a look is tried where the server has no connection free. */
const patience = { lasts: 8_000, firstPause: 500, longestPause: 4_000, renewals: 0 };

/**
 * Watches over what decides rows and values and is held by no lock: labels, types, views, policies, functions. The base is
 * how they were at the snapshot; it is compared with how they are, as a fresh transaction sees it.
 */
export class DefinitionWatch {
  /** Rejects when a look in between found a change; never resolves. */
  readonly changed: Promise<never>;
  private readonly timer: NodeJS.Timeout;
  private readonly stopped = new AbortController();

  constructor(
    private readonly settings: PostgresSettings,
    private readonly scope: DefinitionScope,
    private readonly base: Definitions,
    private readonly options: ConnectOptions,
  ) {
    let fail: (error: unknown) => void;
    this.changed = new Promise<never>((_, reject) => (fail = reject));
    this.changed.catch(() => undefined);
    this.timer = setInterval(() => void this.look().catch(fail), lookInterval).unref();
  }

  /**
   * Compares by a connection of its own.
   * @param scope more than at the beginning, with its own base
   * @throws source.changed; source.* where the server does not answer
   */
  check(scope = this.scope, base = this.base): Promise<void> {
    const { signal } = this.options;
    return withPatience(
      () => this.checkAnew(scope, base),
      { ...patience, clock: systemClock, signal },
      { passes: (error) => error instanceof TidemarkError && error.retryable },
    );
  }

  stop(): void {
    clearInterval(this.timer);
    // A look may be under way, on a server that has stopped to answer.
    this.stopped.abort(new TidemarkError('source.lost', 'the run has ended'));
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
    const signal = AbortSignal.any([this.options.signal, this.stopped.signal]);
    const connection = await connect(this.settings, { ...this.options, signal, purpose: 'watch' });
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

/** What changed, in words. What is not reached any more, since something else changed, is not told beside it. */
function changesBetween(base: Definitions, now: Definitions): string[] {
  const changed = [...base].flatMap(([key, { kind, name, hash }]) => {
    const current = now.get(key);
    if (current === undefined) return [];
    if (current.name !== name) return [`${kind} ${name} is ${current.name} now`];
    return current.hash === hash ? [] : [`${kind} ${name} is another one now`];
  });
  const names = new Set([...base.values()].flatMap(({ kind, word }) => (kind === 'name' ? [word] : [])));
  const made = [...now].filter(([key, definition]) => !base.has(key) && matters(definition, base, names));
  const told = [...changed, ...made.map(([, { kind, name }]) => `${kind} ${name} is new`)];
  if (told.length > 0) return told;
  return [...base].flatMap(([key, { kind, name }]) => (now.has(key) ? [] : [`${kind} ${name} is gone`]));
}

/**
 * Whether something new may change what was there: where the text sees it, and could mean another one of that name before; a
 * function, operator or cast only where its arguments are of types that there were. A name counts where one like it is told. New labels and the like do not.
 */
function matters(definition: Definition, base: Definitions, names: ReadonlySet<string | null>): boolean {
  const { kind, word, visible, shadows } = definition;
  switch (kind) {
    case 'function':
      return visible && shadows && typesCount(definition, base);
    case 'operator':
    case 'cast':
      return visible && typesCount(definition, base);
    case 'type':
    case 'relation':
    case 'collation':
    case 'text search configuration':
    case 'text search dictionary':
      return visible && shadows;
    case 'name':
      return visible && names.has(word);
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
