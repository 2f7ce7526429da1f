import { invalidRequest, TidemarkError } from '../../core/errors.js';
import { secretValues } from '../../core/parameters.js';
import type { OpenSource, SourceRequest } from '../../core/source.js';
import { formatCount } from '../../core/units.js';
import { connect } from './connection/connect.js';
import type { ConnectOptions, MysqlConnection } from './connection/connection.js';
import type { MysqlSettings } from './connection/settings/shape.js';
import { parseTableName, readTable } from './plan/catalog.js';
import { worthSessions } from './plan/range-size.js';
import { checkColumnNames, narrowedTable, type PlannedTable, planTable, type Subject } from './plan/table.js';
import type { Ticket } from './read/lane.js';
import { Desk } from './sessions/desk.js';
import { beginMoment, type Moment } from './sessions/moment.js';
import { pinSession } from './sessions/pinned.js';
import { readServer, type ServerFacts } from './sessions/server.js';
import { Sessions } from './sessions/sessions.js';

/**
 * Opens the source: one moment of the database in as many sessions as may be used, and the plan of what is read in it.
 * @throws source.*, request.invalid
 */
export async function open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  refuse(request);
  const settings = request.connection as MysqlSettings;
  const options: ConnectOptions = { signal, purpose: 'coordinator', stallLimit: request.stallLimit };
  const first = await connect(settings, options);
  let moment: Moment | undefined;
  try {
    await pinSession(first, request.consistency === 'none');
    const server = await readServer(first);
    const subjects = await subjectsOf(first, server, request);
    moment = withLevel(await momentOf(first, { server, subjects, options, request }), subjects);
    const tables: PlannedTable[] = [];
    for (const [index, subject] of subjects.entries()) {
      tables.push(await planTable(first, subject, { index, request, signal }));
    }
    checkColumnNames(
      request,
      tables.map(({ plan }) => plan),
    );
    return opened(moment, { server, tables, request, options });
  } catch (error) {
    await Promise.all((moment?.sessions ?? [first]).map((session) => session.close()));
    throw error;
  }
}

function refuse({ since, tellsHorizon, snapshotId }: SourceRequest): void {
  if (snapshotId !== undefined) {
    throw invalidRequest('snapshot-id: MySQL has no moments that others hold', 'Leave it out.');
  }
  if (since === undefined && tellsHorizon !== 'needed') return;
  throw new TidemarkError('source.unsupported', 'increments are not read from MySQL yet', {
    hint: 'Read all rows; --if-changed and --reuse-files make a version of what changed alone.',
  });
}

async function subjectsOf(
  connection: MysqlConnection,
  { database }: ServerFacts,
  { tables }: SourceRequest,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const request of tables) {
    const { table } = request;
    const found = table === undefined ? undefined : await readTable(connection, parseTableName(table, database));
    subjects.push({ request, table: found });
  }
  return subjects;
}

interface Around {
  readonly server: ServerFacts;
  readonly options: ConnectOptions;
  readonly request: SourceRequest;
}

async function momentOf(
  first: MysqlConnection,
  { server, subjects, options, request }: Around & { readonly subjects: readonly Subject[] },
): Promise<Moment> {
  if (request.consistency === 'none') return withoutMoment(first, { server, options, request });
  const whyOne = whyOneSession(subjects);
  const bytes = subjects.reduce((sum, { table }) => sum + (table?.bytes ?? 0), 0);
  const worth = whyOne === undefined && bytes >= worthSessions;
  // A session to ask questions stays free besides those that read.
  const count = worth ? Math.max(1, Math.min(request.lanes ?? 1, 1 + server.freeSessions)) : 1;
  return beginMoment(first, {
    settings: first.settings,
    options,
    server,
    count,
    tables: subjects.flatMap(({ table }) => table?.sql ?? []),
    whyOne,
  });
}

/** What keeps several sessions from one moment, where something does. */
function whyOneSession(subjects: readonly Subject[]): string | undefined {
  if (subjects.some(({ table }) => table === undefined)) return 'a query is one statement';
  const view = subjects.find(({ table }) => table!.isView)?.table;
  if (view !== undefined) return `${view.sql} is a view`;
  const other = subjects.find(({ table }) => table!.engine !== 'InnoDB')?.table;
  return other && `${other.sql} is of the engine ${other.engine}, which keeps no moments`;
}

/** A table of another engine is of one moment as long as one statement reads it. */
function withLevel(moment: Moment, subjects: readonly Subject[]): Moment {
  const keepsMoments = subjects.every(({ table }) => table === undefined || table.isView || table.engine === 'InnoDB');
  if (keepsMoments || moment.certificate.level === 'none') return moment;
  return { ...moment, certificate: { ...moment.certificate, level: 'statement' } };
}

async function withoutMoment(first: MysqlConnection, { server, options, request }: Around): Promise<Moment> {
  const sessions = [first];
  for (let i = 1; i < Math.min(request.lanes ?? 1, 1 + server.freeSessions); i++) {
    const session = await connect(first.settings, { ...options, purpose: 'lane' });
    sessions.push(session);
    await pinSession(session, true);
  }
  return { sessions, certificate: { level: 'none', isolation: 'read committed', serverTime: server.time } };
}

function opened(
  { sessions: connections, certificate }: Moment,
  { server, tables, request, options }: Around & { readonly tables: readonly PlannedTable[] },
): OpenSource {
  const began = performance.now();
  const sessions = new Sessions(connections, options);
  const desk = new Desk(sessions);
  const { settings } = connections[0]!;
  const ticket: Ticket = {
    desk: desk.name,
    statements: tables.map(({ statement }) => statement),
    columns: tables.map(({ sent }) => sent),
    maxStatement: request.maxStatement,
    secrets: secretValues(request.parameters),
    hideValues: request.hideValues,
  };
  return {
    server: {
      kind: 'mysql',
      version: server.version,
      database: server.database,
      host: settings.socket ?? settings.host,
      user: server.user,
    },
    certificate,
    tables: tables.map(({ plan }) => plan),
    ticket,
    maxLanes: connections.length,
    warnings: [...settings.warnings, ...tables.flatMap(textWarning), ...unlocked(certificate, request)],
    lost: sessions.lost,
    narrowed: narrowedTable,
    confirm: () =>
      sessions.use(async (session) => {
        await session.query('SELECT 1', [], { doing: 'looking whether the moment is still held' });
        return certificate;
      }),
    serverLoad: () => ({ transactionSeconds: Math.round((performance.now() - began) / 1000) }),
    async close() {
      desk.close();
      await sessions.close();
    },
  };
}

function textWarning({ plan }: PlannedTable): string[] {
  const columns = plan.columns.filter(
    ({ type, exactness, cast }) => exactness === 'widened' && type.kind === 'text' && cast === undefined,
  );
  if (columns.length === 0) return [];
  const shown = columns.slice(0, 8).map((column) => `${column.name} (${column.sourceType})`);
  const count = columns.length === 1 ? '1 column is' : `${formatCount(columns.length)} columns are`;
  return [`${plan.name}: ${count} kept as exact text: ${shown.join(', ')}${columns.length > 8 ? ', …' : ''}`];
}

/** Where lanes were asked for, and could not be had. */
function unlocked({ oneSession }: Moment['certificate'], { lanes = 1 }: SourceRequest): string[] {
  return typeof oneSession === 'string' && lanes > 1 && !oneSession.startsWith('a query')
    ? [`one connection reads, not ${lanes}: ${oneSession}`]
    : [];
}
