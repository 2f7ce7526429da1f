import { checkColumnNames } from '../../core/asked-columns.js';
import { invalidRequest, TidemarkError } from '../../core/errors.js';
import { keptAsText } from '../../core/kept-as-text.js';
import { secretValues } from '../../core/parameters.js';
import type { ConsistencyCertificate, OpenSource } from '../../core/source.js';
import type { SourceRequest } from '../../core/source-request.js';
import { areAll, type Continuation, type WantedRows } from '../../core/windows.js';
import { BigqueryService } from './connection/service.js';
import type { BigquerySettings } from './connection/settings.js';
import type { TableName } from './connection/table-name.js';
import { Desk } from '../desk.js';
import { narrowedTable } from '../narrowed-table.js';
import { timesRead } from '../times-read.js';
import { unloadedOf } from '../unloaded.js';
import { assertAllTold, changedRowsQuery } from './increment/changed-rows.js';
import { continuationOf, type RunMoment, runMoment } from './increment/continuation.js';
import { checkCursor } from './increment/cursor.js';
import { travelled } from './increment/settled.js';
import { queryForRows } from './increment/wanted-rows.js';
import { type Cautions, cautionsOf } from './plan/caution.js';
import { assertExportable, isExported } from './plan/export.js';
import { momentText } from './plan/query-text.js';
import { assertCountable, assertPaged, type Subject, subjectByQuery, subjectOf } from './plan/subject.js';
import { countRows, exportTable, type PlannedTable, planTable, previewTable, wholeTable } from './plan/table.js';
import { endpointOf, type RangeEvidence, type RoadTicket, type Ticket } from './read/lane.js';

/**
 * Opens the source: one moment of the tables, the results of queries, and read sessions over both.
 * @throws source.*, request.invalid
 */
export async function open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  refuse(request);
  const told = { secrets: secretValues(request.parameters), hideValues: request.hideValues };
  const service = await BigqueryService.open(request.connection as BigquerySettings, signal, told);
  try {
    const at = await runMoment(request, service);
    const { moment } = at;
    const around = { service, request, moment };
    const subjects: Subject[] = [];
    for (const asked of request.tables) subjects.push(await subjectOf(asked, around));
    for (const subject of subjects) {
      assertPaged(subject, request.via);
      assertExportable(subject, request);
      assertCountable(subject, request);
      checkCursor(subject);
    }
    const cautions: Cautions[] = [];
    // Changes are read without their table.
    if (at.history === undefined)
      for (const subject of subjects) cautions.push(await cautionsOf(subject, request, service));
    checkColumnNames(
      request,
      subjects.map((subject, index) => previewTable(subject, index).plan),
    );
    const isPlan = request.onlyPlans === true;
    const continuation = isPlan ? undefined : await continuationOf(request, at, { service, subjects });
    const wanted: Wanted[] = [];
    for (const [index, whole] of subjects.entries()) {
      const rows = continuation?.rows[index] ?? {};
      wanted.push({ rows, ...(await wantedOf(whole, rows, { ...around, history: at.history })) });
    }
    const unload = isExported(
      wanted.map(({ subject }) => subject),
      request,
    );
    const tables: PlannedTable[] = [];
    for (const [index, { subject, rows, allRows }] of wanted.entries()) {
      const planning = { ...around, index, rows };
      if (isPlan) tables.push(previewTable(subject, index, cautions[index]?.pruned));
      else if (unload !== undefined) tables.push(await exportTable(subject, { ...planning, unload }));
      else tables.push({ ...(await planTable(subject, planning)), allRows });
    }
    return opened(service, { request, subjects, moment, tables, cautions, continuation });
  } catch (error) {
    service.close();
    throw error;
  }
}

function refuse({ snapshotId, consistency }: SourceRequest): void {
  if (snapshotId !== undefined)
    throw invalidRequest('snapshot-id: BigQuery has no moments that others hold', 'Give the moment with --as-of.');
  if (consistency === 'none')
    throw invalidRequest(
      'consistency: none is not known here',
      'BigQuery reads one moment, and nothing waits for it. Leave it out.',
    );
}

interface Around {
  readonly service: BigqueryService;
  readonly request: SourceRequest;
  readonly moment: bigint;
}

/** An entry as it is read, which of its rows are, and how many there are in all where that matters. */
interface Wanted {
  readonly subject: Subject;
  readonly rows: WantedRows<string>;
  readonly allRows: number | undefined;
}

/** An entry as it is read where some rows are new: by the query for those, and how many rows there are in all, where that matters. */
async function wantedOf(
  whole: Subject,
  rows: WantedRows<string>,
  { history, ...around }: Around & Pick<RunMoment, 'history'>,
): Promise<Omit<Wanted, 'rows'>> {
  if (history === undefined && areAll(rows, whole.request)) return { subject: whole, allRows: undefined };
  const { service, request, moment } = around;
  const count = (name: TableName, at: bigint): Promise<number> => countRows(name, { ...around, moment: at });
  const found =
    history === undefined
      ? queryForRows(whole, rows, moment)
      : { query: changedRowsQuery(whole, history), overlapName: undefined };
  const subject = await subjectByQuery(whole, found, around);
  const mostBytes = request.maxBytesBilled;
  if (history !== undefined && request.onlyPlans !== true)
    await assertAllTold(whole, history, { service, mostBytes, count });
  const isCounted = request.readsAllKeys === true && request.onlyPlans !== true;
  return { subject, allRows: isCounted ? await count(whole.name!, moment) : undefined };
}

interface Opened {
  readonly request: SourceRequest;
  readonly subjects: readonly Subject[];
  readonly moment: bigint;
  readonly tables: readonly PlannedTable[];
  /** What may cost more than it must. */
  readonly cautions: readonly Cautions[];
  /** Undefined: nothing is read. */
  readonly continuation: Continuation<string> | undefined;
}

function opened(
  service: BigqueryService,
  { request, subjects, moment, tables, cautions, continuation }: Opened,
): OpenSource {
  const settings = request.connection as BigquerySettings;
  const began = performance.now();
  const desk = new Desk(() => service.authorization());
  const certificate = certificateOf({ subjects, moment, tables });
  const ticket: Ticket = {
    desk: desk.name,
    road: roadOf(request, { tables, billingProject: service.billingProject }),
    stallLimit: request.stallLimit,
    nullsMisfits: request.nullsMisfits === true,
    told: {
      identity: service.identity.text,
      secrets: secretValues(request.parameters),
      hideValues: request.hideValues,
    },
  };
  return {
    server: {
      kind: 'bigquery',
      version: 'v2',
      database: [settings.project ?? service.billingProject, settings.dataset]
        .filter((part) => part !== undefined)
        .join('.'),
      host: settings.endpoints.api ?? 'bigquery.googleapis.com',
      user: service.identity.text,
    },
    certificate,
    tables: tables.map(({ plan }) => plan),
    ...unloadedOf(tables),
    ticket,
    maxLanes: 64,
    warnings: [
      ...settings.warnings,
      ...tables.flatMap(({ plan }) => keptAsText(plan)),
      ...cautions.flatMap(({ warnings }) => warnings),
      ...(continuation?.warnings ?? []),
    ],
    moment: isAtMoment(subjects) ? String(moment) : undefined,
    horizon: continuation?.horizon,
    increment: continuation?.evidence,
    lost: new Promise<never>(() => undefined),
    narrowed(plan, indices, rows) {
      const { allRows } = tables.find(({ plan: { name } }) => name === plan.name)!;
      const { table } = subjects.find(({ request: { name } }) => name === plan.name)!;
      const isRead = rows !== 'all' || allRows === undefined;
      return isRead ? narrowedTable(plan, indices) : wholeTable(plan, indices, { name: table!.name, moment });
    },
    async confirm(evidence) {
      assertWhole(tables, evidence as readonly RangeEvidence[]);
      return Promise.resolve(certificate);
    },
    serverLoad: () => ({
      bytesBilled: tables.reduce((sum, { job }) => sum + (job?.bytesBilled ?? 0), 0),
      transactionSeconds: Math.round((performance.now() - began) / 1000),
    }),
    close() {
      desk.close();
      service.close();
      return Promise.resolve();
    },
  };
}

function roadOf(
  { via, connection }: SourceRequest,
  { tables, billingProject }: Pick<Opened, 'tables'> & { readonly billingProject: string },
): RoadTicket {
  const settings = connection as BigquerySettings;
  return via === 'rest'
    ? { via, endpoint: endpointOf(via, settings), results: tables.flatMap(({ name }) => name ?? []) }
    : {
        ...{ via: 'arrow', endpoint: endpointOf('arrow', settings), billingProject },
        schemas: tables.map(({ schema }) => schema),
      };
}

/** Whether all that is read is of the run's moment, and says so. */
const isAtMoment = (subjects: readonly Subject[]): boolean =>
  subjects.every(({ table, query }) => table !== undefined || query!.isAtMoment);

function certificateOf({
  subjects,
  moment,
  tables,
}: Pick<Opened, 'subjects' | 'moment' | 'tables'>): ConsistencyCertificate {
  const jobs = tables.flatMap(({ job }) => job ?? []);
  // A query that says of no moment is about that when it began.
  const isSaid = isAtMoment(subjects);
  const read = isSaid ? moment : (jobs[0]?.startedAt ?? moment);
  return {
    level: isSaid || subjects.length === 1 ? 'snapshot' : 'statement',
    isolation: 'snapshot',
    moment: momentText(read),
    ...(isSaid && { momentReadableUntil: momentText(moment + travelled) }),
    ...(jobs.length > 0 && { jobs: jobs.map(({ id }) => id) }),
  };
}

/** A stream that ends too early is no end. @throws source.lost */
function assertWhole(tables: readonly PlannedTable[], evidence: readonly RangeEvidence[]): void {
  for (const [index, { plan, rows, allRows }] of tables.entries()) {
    const read = evidence.filter(({ table }) => table === index);
    const [whole, pieces] = [true, false].map((is) => timesRead(read.filter(({ isWhole }) => isWhole === is)));
    const wanted = rows === undefined ? undefined : (plan.estimatedRows ?? rows);
    for (const [counts, expected] of [
      [pieces!.length === 0 ? [0] : pieces!, wanted],
      [whole!, allRows],
    ] as const) {
      const wrong = counts.find((count) => expected !== undefined && count !== expected);
      if (wrong === undefined) continue;
      throw new TidemarkError('source.lost', `${plan.name}: ${wrong} rows came, and there are ${expected}`, {
        hint: 'A stream ended too early, or rows are hidden from this identity alone. Nothing is published; run again.',
      });
    }
  }
}
