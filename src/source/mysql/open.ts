import { checkColumnNames } from '../../core/asked-columns.js';
import type { CursorColumns } from '../../core/cursor-window.js';
import { invalidRequest } from '../../core/errors.js';
import { keptAsText } from '../../core/kept-as-text.js';
import { secretValues } from '../../core/parameters.js';
import type { OpenSource } from '../../core/source.js';
import type { SourceRequest } from '../../core/source-request.js';
import { type Continuation, continuationByWindows } from '../../core/windows.js';
import { Load } from '../load.js';
import { connect } from './connection/connect.js';
import type { ConnectOptions, MysqlConnection } from './connection/connection.js';
import type { MysqlSettings } from './connection/settings/shape.js';
import { cursorOf } from './increment/cursor.js';
import { unindexedWarning } from './increment/cursor-index.js';
import { parseTableName, readTable } from './plan/catalog.js';
import { readKey } from './plan/key.js';
import {
  describeFields,
  fromOf,
  narrowedTable,
  type PlannedTable,
  planTable,
  type Subject,
  typedColumns,
} from './plan/table.js';
import type { Ticket } from './read/lane.js';
import { Desk } from './sessions/desk.js';
import type { Moment } from './sessions/moment.js';
import { momentOf } from './sessions/moment-of.js';
import { pinSession } from './sessions/pinned.js';
import { readServer, type ServerFacts } from './sessions/server.js';
import { Sessions } from './sessions/sessions.js';
import type { BoundSql } from './sql/condition.js';

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
    moment = await momentOf(first, { server, subjects, options, request });
    const continuation = await continuationByWindows(
      request,
      subjects.map((subject) => cursorOfSubject(first, subject, request)),
      unable,
    );
    const warnings = [...continuation.warnings];
    for (const { table, request: asked } of subjects)
      warnings.push(...(await unindexedWarning(first, table, asked.cursor?.columns[0])));
    const tables: PlannedTable[] = [];
    for (const [index, subject] of subjects.entries()) {
      tables.push(await planTable(first, subject, { index, request, rows: continuation.rows[index] ?? {}, signal }));
    }
    checkColumnNames(
      request,
      tables.map(({ plan }) => plan),
    );
    return opened(moment, { server, tables, request, continuation: { ...continuation, warnings } });
  } catch (error) {
    await Promise.all((moment?.sessions ?? [first]).map((session) => session.close()));
    throw error;
  }
}

const unable = ['MySQL does not tell which transaction wrote a row'];

function refuse({ snapshotId }: SourceRequest): void {
  if (snapshotId === undefined) return;
  throw invalidRequest('snapshot-id: MySQL has no moments that others hold', 'Leave it out.');
}

function cursorOfSubject(
  connection: MysqlConnection,
  subject: Subject,
  request: SourceRequest,
): CursorColumns<BoundSql> | undefined {
  const { table, request: asked } = subject;
  if (asked.cursor === undefined) return undefined;
  // A table's own types say more: of MariaDB's UUID the description of a result says that it is a text.
  const columns = table?.columns ?? typedColumns(subject);
  return cursorOf(connection, { name: asked.name, ...fromOf(subject, request), columns }, asked.cursor);
}

async function subjectsOf(
  connection: MysqlConnection,
  { database }: ServerFacts,
  request: SourceRequest,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const asked of request.tables) {
    const { table: name } = asked;
    const table = name === undefined ? undefined : await readTable(connection, parseTableName(name, database));
    const fields = await describeFields(connection, { request: asked, table }, request);
    const key = table && !table.isView ? await readKey(connection, table, table.columns) : undefined;
    subjects.push({ request: asked, table, fields, key });
  }
  return subjects;
}

interface Around {
  readonly server: ServerFacts;
  readonly options: ConnectOptions;
  readonly request: SourceRequest;
}

function opened(
  { sessions: connections, certificate }: Moment,
  {
    server,
    tables,
    request,
    continuation,
  }: Omit<Around, 'options'> & {
    readonly tables: readonly PlannedTable[];
    readonly continuation: Continuation<BoundSql>;
  },
): OpenSource {
  const load = new Load();
  const sessions = new Sessions(connections);
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
    warnings: [
      ...settings.warnings,
      ...tables.flatMap(({ plan }) => keptAsText(plan)),
      ...unlocked(certificate, request),
      ...continuation.warnings,
    ],
    horizon: continuation.horizon,
    increment: continuation.evidence,
    lost: sessions.lost,
    narrowed: narrowedTable,
    confirm: (evidence) =>
      sessions.use(async (session) => {
        load.saw(evidence);
        await session.query('SELECT 1', [], { doing: 'looking whether the moment is still held' });
        return certificate;
      }),
    serverLoad: () => load.told(),
    async close() {
      desk.close();
      await sessions.close();
    },
  };
}

/** Where lanes could have helped, and could not be had. */
function unlocked({ oneSession }: Moment['certificate'], { lanes = 1 }: SourceRequest): string[] {
  const isWanted = typeof oneSession === 'string' && lanes > 1;
  return isWanted ? [`one connection reads, not ${lanes}: ${oneSession}`] : [];
}
