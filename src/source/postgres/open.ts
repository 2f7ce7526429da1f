import { checkColumnNames } from '../../core/asked-columns.js';
import { keptAsText } from '../../core/kept-as-text.js';
import type { ConsistencyCertificate, OpenSource } from '../../core/source.js';
import type { SourceRequest } from '../../core/source-request.js';
import { Load } from '../load.js';
import { connect } from '../postgres-protocol/connect.js';
import type { PgConnection } from '../postgres-protocol/connection.js';
import { DefinitionWatch, readDefinitions } from './definitions/watch.js';
import { continuationOf } from './increment/continuation.js';
import { untilEndsAreWritten } from './increment/flushed.js';
import { allRows, type Continuation } from './increment/outcome.js';
import { readIdentity } from './snapshot/session-identity.js';
import type { ReadEvidence } from './read/lane.js';
import { holdSnapshot, type HeldSnapshot, withoutSnapshot } from './snapshot/held-snapshot.js';
import { namingLockHolders } from './snapshot/lock-holders.js';
import { freeLanes, readServer, type ServerFacts } from './plan/server.js';
import { beginQuestions, openSession, type Ticket } from './snapshot/session.js';
import { onlyRelation } from './plan/only-relation.js';
import { assertOptionsGiven, settingsOfOthers } from './snapshot/given-settings.js';
import { settingsAskedFor } from './snapshot/settings-asked.js';
import { type PostgresSettings, revealed } from '../postgres-protocol/settings.js';
import { narrowedTable, type PlannedTable, planTable, secretsOf } from './plan/table.js';

const oldestSupported = 140000;

/**
 * Opens the source: one held moment of the database, and the plan of what is read in it.
 * @throws source.*, request.invalid
 */
export async function open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  const settings = request.connection as PostgresSettings;
  const { stallLimit } = request;
  const connection = await connect(settings, { signal, purpose: 'coordinator', stallLimit });
  try {
    return await openOn(connection, request, signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What the run reads, found and planned at one moment. */
interface Planned {
  readonly server: ServerFacts;
  /** Sessions that the server has free. */
  readonly freeLanes: number;
  readonly held: HeldSnapshot;
  /** Settings that others have made in the session, which decide what is read. */
  readonly foreign: readonly string[];
  readonly tables: readonly PlannedTable[];
  readonly ticket: Ticket;
  readonly continuation: Continuation;
}

async function planAtOneMoment(connection: PgConnection, request: SourceRequest): Promise<Planned> {
  await beginQuestions(connection);
  const server = await readServer(connection);
  const lanes = await freeLanes(connection);
  await assertOptionsGiven(connection);
  await connection.query('ROLLBACK');
  const held = await (request.consistency === 'none'
    ? withoutSnapshot(connection, request, server)
    : holdSnapshot(connection, request, server));
  const foreign = await settingsOfOthers(connection);
  const continuation = await continuationOf({ connection, request, server, held });
  const tables: PlannedTable[] = [];
  for (const [i, subject] of held.requested.subjects.entries()) {
    const rows = continuation.rows[i] ?? allRows;
    tables.push(await planTable(connection, { index: i, subject, request, server, rows }));
  }
  const ticket = await ticketOf(connection, request, { server, held, tables });
  return { server, freeLanes: lanes, held, foreign, tables, ticket, continuation };
}

async function openOn(connection: PgConnection, request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  const load = new Load();
  const planning = (): Promise<Planned> => planAtOneMoment(connection, request);
  const {
    server,
    freeLanes: lanes,
    held,
    foreign,
    tables,
    ticket,
    continuation,
  } = await namingLockHolders(connection, 'the tables are locked', planning);
  const read = onlyRelation(held.requested, held.definitions);
  const plans = tables.map(({ plan }) => (read === undefined ? plan : { ...plan, relations: [read] }));
  checkColumnNames(request, plans);
  const lsn = continuation.horizon?.transactions?.lsn;
  const place = lsn === undefined ? undefined : { lsn, askedAt: performance.now() };
  const watch = await checkJoinable(connection.settings, ticket, held, signal);
  if (request.consistency === 'none') await connection.close();
  const { version, database, user } = server;
  return {
    server: { kind: 'postgres', version, database, host: connection.host.host, user },
    certificate: held.certificate,
    tables: plans,
    ticket,
    maxLanes: Math.max(1, Math.min(lanes, held.maxSessions - 1)),
    warnings: [
      ...connection.settings.warnings,
      ...warningsOf(server, held, tables),
      ...foreignWarning(foreign),
      ...(continuation.warnings ?? []),
    ],
    horizon: continuation.horizon,
    increment: continuation.evidence,
    isSame: continuation.isSame,
    lost: request.consistency === 'none' ? new Promise<never>(() => undefined) : lostWith(connection, watch),
    narrowed: narrowedTable,
    confirm: async (evidence) => {
      if (place !== undefined) await untilEndsAreWritten(connection, place, signal);
      const seen = evidence as readonly ReadEvidence[];
      const certificate = await confirm(connection, held, watch, seen);
      load.saw(seen, await confirmHeld(connection, held));
      return certificate;
    },
    serverLoad: () => load.told(),
    close: () => {
      watch?.stop();
      return connection.close();
    },
  };
}

async function ticketOf(
  connection: PgConnection,
  request: SourceRequest,
  {
    server,
    held,
    tables,
  }: { readonly server: ServerFacts; readonly held: HeldSnapshot; readonly tables: readonly PlannedTable[] },
): Promise<Ticket> {
  const { scope, definitions } = held;
  const asked = await settingsAskedFor(connection, scope.relations, scope.queries, definitions);
  return {
    settings: revealed(connection.settings),
    snapshotId: held.snapshotId,
    snapshot: held.snapshot,
    serverVersion: server.versionNumber,
    locks: held.locks,
    watched: held.watched,
    planned: held.planned,
    identity: await readIdentity(connection, [...new Set([...tables.flatMap((table) => table.settings), ...asked])]),
    statements: tables.map((table) => table.statement),
    via: request.via,
    maxStatement: request.maxStatement,
    stallLimit: request.stallLimit,
    bytesAsTheyAre: server.encoding === 'SQL_ASCII' && request.via === 'copy',
    statementTimeout: server.statementTimeout,
    secrets: secretsOf(request),
    hideValues: request.hideValues,
  };
}

/**
 * Joins the snapshot once, as lanes will: what stands in the way is found before anything is written. Then the same
 * connection looks, in a fresh transaction, whether any definition has changed since the snapshot.
 */
async function checkJoinable(
  settings: PostgresSettings,
  ticket: Ticket,
  held: HeldSnapshot,
  signal: AbortSignal,
): Promise<DefinitionWatch | undefined> {
  const probe = await openSession(ticket, signal, 'probe');
  try {
    return await watchDefinitions(settings, ticket, held, { probe, signal });
  } finally {
    await probe.close();
  }
}

async function watchDefinitions(
  settings: PostgresSettings,
  { stallLimit }: Ticket,
  { definitions, scope }: HeldSnapshot,
  { probe, signal }: { readonly probe: PgConnection; readonly signal: AbortSignal },
): Promise<DefinitionWatch | undefined> {
  if (!definitions) return undefined;
  await probe.query('ROLLBACK');
  const watch = new DefinitionWatch(settings, scope, definitions, { signal, stallLimit });
  try {
    await watch.checkOn(probe);
    return watch;
  } catch (error) {
    watch.stop();
    throw error;
  }
}

function lostWith(connection: PgConnection, watch: DefinitionWatch | undefined): Promise<never> {
  const lost = watch ? Promise.race([connection.lost, watch.changed]) : connection.lost;
  lost.catch(() => undefined);
  return lost;
}

/** The moment was held to the end, and nothing that is read was defined anew. */
/** Whether the moment is still held. @returns how many transactions have begun since, whose dead rows the server had to keep */
async function confirmHeld(connection: PgConnection, { planned }: HeldSnapshot): Promise<number | undefined> {
  if (!planned) return undefined;
  const [row] = await connection.query<{ held: string | null }>(
    `SELECT pg_catalog.age(backend_xmin)::pg_catalog.text AS held FROM pg_catalog.pg_stat_activity
      WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()`,
    [],
    { doing: 'looking whether the moment is still held' },
  );
  return row === undefined || row.held === null ? undefined : Number(row.held);
}

async function confirm(
  connection: PgConnection,
  { certificate, planned, scope }: HeldSnapshot,
  watch: DefinitionWatch | undefined,
  evidence: readonly ReadEvidence[],
): Promise<ConsistencyCertificate> {
  if (!planned) return certificate;
  const read = new Map(evidence.flatMap((one) => one.notLocked).map(({ oid, sql }) => [oid, sql]));
  if (read.size === 0) await watch?.check();
  else {
    // The held snapshot still sees how everything was defined then, also what only now turned out to be read.
    const wider = { ...scope, relations: [...scope.relations, ...read.keys()] };
    await watch?.check(wider, await readDefinitions(connection, wider));
  }
  const notLocked = [...new Set(read.values())].sort();
  return { ...certificate, ...(notLocked.length > 0 && { notLocked }) };
}

function warningsOf(server: ServerFacts, held: HeldSnapshot, tables: readonly PlannedTable[]): string[] {
  const { relations } = held.requested;
  const names = (wanted: (relation: (typeof relations)[number]) => boolean): string =>
    relations
      .filter(wanted)
      .map((relation) => relation.sql)
      .join(', ');
  const say = (which: string, text: string): string[] => (which === '' ? [] : [`${which}: ${text}`]);
  const warnings = [
    ...tables.flatMap((table) => [...keptAsText(table.plan), ...unsteadyWarning(table)]),
    ...unwatchedWarning(held),
    ...say(
      names(({ filtered }) => filtered),
      'row-level security decides which rows this user sees',
    ),
    ...say(
      names(({ unlogged }) => unlogged),
      'unlogged; a crash of the server empties it',
    ),
    ...say(
      names(({ kind }) => kind === 'f'),
      'foreign; its rows are of a moment of the other server',
    ),
    ...say(
      names(({ kind }) => kind === 'S'),
      'a sequence; its value is of the moment in which it is read',
    ),
  ];
  if (held.certificate['inRecovery'] === true) warnings.push(standbyWarning(server));
  if (server.versionNumber < oldestSupported)
    warnings.push(`PostgreSQL ${server.version} is older than what is tested (14)`);
  if (server.encoding === 'SQL_ASCII') {
    warnings.push('the database has the encoding SQL_ASCII: text that is not UTF-8 is a misfit');
  }
  return warnings;
}

function standbyWarning({ standbyDelay: delay, standbyFeedback: feedback }: ServerFacts): string {
  const patience =
    delay === '-1'
      ? 'changes to replay wait for the snapshot, and it lags behind meanwhile (max_standby_streaming_delay = -1)'
      : `it ends the snapshot when changes to replay have waited for it for max_standby_streaming_delay = ${delay}`;
  const spared = feedback === 'on' ? '; the primary keeps what is read (hot_standby_feedback = on)' : '';
  return `the server is a standby: ${patience}${spared}; it may lag behind`;
}

/** Each lane is a transaction of its own, with a `now()` of its own. */
function unsteadyWarning({ plan, unsteady }: PlannedTable): string[] {
  if (unsteady.length === 0) return [];
  return [
    `${plan.name}: read by one statement, without lanes, because its row-level security asks for ${unsteady.join(', ')}`,
  ];
}

function unwatchedWarning({ planned, definitions }: HeldSnapshot): string[] {
  if (!planned || definitions) return [];
  return ['this user may not read the catalogs: changed types, views, policies and functions are not noticed'];
}

function foreignWarning(foreign: readonly string[]): string[] {
  if (foreign.length === 0) return [];
  return [
    `the session came with settings that somebody else made in it (${foreign.join('; ')}): a pooler hands on what its other clients leave behind`,
  ];
}
