import { checkColumnNames } from '../../core/asked-columns.js';
import type { CursorColumns } from '../../core/cursor-window.js';
import { invalidRequest } from '../../core/errors.js';
import { keptAsText } from '../../core/kept-as-text.js';
import { secretValues } from '../../core/parameters.js';
import type { ConsistencyCertificate, OpenSource } from '../../core/source.js';
import type { SourceRequest, UnloadedTable } from '../../core/source-request.js';
import { type Continuation, continuationByWindows } from '../../core/windows.js';
import { Load } from '../load.js';
import type { PgConnection } from '../postgres-protocol/connection.js';
import { narrowedTable } from '../narrowed-table.js';
import { checkCursorBy, type CursorQueries, sqlCursor } from '../sql-cursor.js';
import { logIn, type Session } from './connection/login.js';
import { beginMoment, prepareSession, type ServerFacts } from './connection/session.js';
import type { RedshiftSettings } from './connection/shape.js';
import { cursorColumn } from './increment/cursor.js';
import { fromOf, type Subject, subjectOf } from './plan/subject.js';
import { type PlannedTable, planTable } from './plan/table.js';
import { tableSizes } from './plan/table-facts.js';
import type { Ticket } from './read/lane.js';
import { RowsDesk } from './read/rows-desk.js';
import { isUnloaded, sizeWarnings, unloadTables } from './read/unload-tables.js';

/**
 * Opens the source: one session, whose transaction is the moment of the run; all is planned and read in it.
 * @throws source.*, request.invalid
 */
export async function open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  refuse(request);
  const { stallLimit } = request;
  const settings = request.connection as RedshiftSettings;
  const session = await logIn(settings, { signal, stallLimit });
  const { connection } = session;
  try {
    const server = await prepareSession(connection, request.maxStatement);
    const sizes = await tableSizes(connection);
    await beginMoment(connection);
    const subjects: Subject[] = [];
    for (const asked of request.tables) subjects.push(await subjectOf(connection, asked, request));
    for (const { request: asked, columns } of subjects)
      checkCursorBy(asked.cursor, (name) => cursorColumn(name, columns));
    const continuation: Continuation<string> =
      request.onlyPlans === true
        ? { rows: [], warnings: [] }
        : await continuationByWindows(
            request,
            subjects.map((subject) => cursorOf(connection, subject, { request, server })),
            ['Redshift does not tell which transaction wrote a row'],
          );
    const tables = subjects.map((subject, index) => {
      const size = sizes.of(subject.table?.name ?? '');
      return planTable(subject, { index, request, rows: continuation.rows[index] ?? {}, size });
    });
    checkColumnNames(
      request,
      tables.map(({ plan }) => plan),
    );
    const shown = request.onlyPlans === true ? await withCosts(connection, tables, request) : tables;
    const unload = isUnloaded(tables, request);
    const role = settings.unloadRole;
    const foldersBy = request.tables.map((table) => table.foldersBy);
    const unloaded = unload && (await unloadTables(connection, tables, { ...unload, role, foldersBy }));
    const warnings = [...continuation.warnings, ...(sizes.refused ? sizeWarnings(tables, request) : [])];
    return opened(session, { request, server, tables: shown, continuation: { ...continuation, warnings }, unloaded });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function refuse({ snapshotId, consistency }: SourceRequest): void {
  if (snapshotId !== undefined)
    throw invalidRequest('snapshot-id: Redshift has no moments that others hold', 'Leave it out.');
  if (consistency === 'none')
    throw invalidRequest(
      'consistency: none is not known here',
      'Redshift reads one moment in one session, and nothing waits for it. Leave it out.',
    );
}

/** What the server says that each statement would take. */
async function withCosts(
  connection: PgConnection,
  tables: readonly PlannedTable[],
  { parameters }: SourceRequest,
): Promise<PlannedTable[]> {
  const shown: PlannedTable[] = [];
  for (const table of tables) {
    const { whole, values } = table.statement;
    const sql = whole ?? table.plan.statement!;
    const [first] = await connection.query<Record<string, string>>(`EXPLAIN ${sql}`, values, {
      doing: 'explaining the statement',
      secrets: secretValues(parameters),
    });
    const cost = Object.values(first ?? {})[0]?.trim();
    shown.push({ ...table, plan: { ...table.plan, ...(cost !== undefined && { cost }) } });
  }
  return shown;
}

function cursorOf(
  connection: PgConnection,
  subject: Subject,
  { request, server }: { readonly request: SourceRequest; readonly server: ServerFacts },
): CursorColumns<string> | undefined {
  const { cursor, name } = subject.request;
  if (cursor === undefined) return undefined;
  const queries: CursorQueries<string> = {
    now: server.now,
    mark: (condition, mark) => `CASE WHEN ${condition} THEN ${mark} ELSE 0 END`,
    async row(sql, parameters, doing) {
      const [row] = await connection.query<Record<string, string | null>>(sql, parameters, {
        doing,
        secrets: secretValues(request.parameters),
        hideValues: request.hideValues,
      });
      return row && Object.values(row);
    },
  };
  const columns = cursor.columns.map((column) => cursorColumn(column, subject.columns));
  const { from, values } = fromOf(subject, request);
  return sqlCursor(queries, { name, columns, from, parameters: values }, cursor);
}

interface Opened {
  readonly request: SourceRequest;
  readonly server: ServerFacts;
  readonly tables: readonly PlannedTable[];
  readonly continuation: Continuation<string>;
  readonly unloaded: readonly UnloadedTable[] | undefined;
}

function opened(
  { connection, place }: Session,
  { request, server, tables, continuation, unloaded }: Opened,
): OpenSource {
  const load = new Load();
  const desk = new RowsDesk(connection);
  const certificate = certificateOf(server);
  const { settings } = connection;
  const ticket: Ticket = {
    desk: desk.name,
    statements: tables.map(({ statement }) => statement),
    via: request.via,
    secrets: secretValues(request.parameters),
    hideValues: request.hideValues,
  };
  return {
    server: {
      kind: 'redshift',
      version: server.version,
      database: server.database,
      host: place.host,
      user: server.user,
    },
    certificate,
    tables: tables.map(({ plan }) => plan),
    ticket,
    maxLanes: 1,
    unloaded,
    warnings: [...settings.warnings, ...tables.flatMap(({ plan }) => keptAsText(plan)), ...continuation.warnings],
    horizon: continuation.horizon,
    increment: continuation.evidence,
    lost: connection.lost,
    narrowed: narrowedTable,
    async confirm(evidence) {
      load.saw(evidence);
      await connection.query('SELECT 1', [], { doing: 'looking whether the transaction is still there' });
      return certificate;
    },
    serverLoad: () => ({ connections: 1, ...load.told() }),
    close() {
      desk.close();
      return connection.close();
    },
  };
}

/** Every transaction sees one moment of the database, whichever of the two kinds of isolation the database has. */
const certificateOf = ({ isolation, now }: ServerFacts): ConsistencyCertificate => ({
  level: 'snapshot',
  isolation: (isolation ?? 'serializable').toLowerCase(),
  momentNotBefore: `${new Date(Number(now / 1000n)).toISOString().slice(0, 19).replace('T', ' ')}+00`,
});
