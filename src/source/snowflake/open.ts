import { checkColumnNames } from '../../core/asked-columns.js';
import { invalidRequest, TidemarkError } from '../../core/errors.js';
import { keptAsText } from '../../core/kept-as-text.js';
import { secretValues } from '../../core/parameters.js';
import type { ConsistencyCertificate, OpenSource } from '../../core/source.js';
import type { SourceRequest } from '../../core/source-request.js';
import { areAll, type Continuation, type WantedRows } from '../../core/windows.js';
import { Desk } from '../desk.js';
import { narrowedTable } from '../narrowed-table.js';
import { timesRead } from '../times-read.js';
import { unloadedOf } from '../unloaded.js';
import { costText } from './cost/cost-text.js';
import { type Road, SnowflakeService } from './connection/service.js';
import type { SnowflakeSettings } from './connection/settings/shape.js';
import { wayOnFrom } from './increment/continuation.js';
import { checkCursor } from './increment/cursor.js';
import { assertAllTold, changedRows, type History } from './increment/history.js';
import { statementForRows } from './increment/wanted-rows.js';
import { type Moment, momentText, runMoment } from './moment.js';
import { assertCountable, assertQuery, type Subject, subjectOf } from './plan/subject.js';
import { type PlannedTable, planTable, previewTable, unloadTable, wholeTable } from './plan/table.js';
import { assertUnloadable, unloadingOf } from './plan/unload.js';
import { deskAnswers } from './read/desk-answers.js';
import { storedParts } from './read/stored-parts.js';
import type { Answer, Question, RangeEvidence, Ticket } from './read/ticket.js';

/**
 * Opens the source: one moment of the tables, and the stored results of statements.
 * @throws source.*, request.invalid
 */
export async function open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource> {
  refuse(request);
  const told = { secrets: secretValues(request.parameters), hideValues: request.hideValues };
  const service = await SnowflakeService.open(request, signal, told);
  try {
    const road = service.roadOf(request.via);
    const moment = runMoment(request, service);
    const subjects: Subject[] = [];
    for (const asked of request.tables) subjects.push(await subjectOf(asked, { service, request, moment }));
    subjects.forEach((subject) => {
      checkCursor(subject);
      assertCountable(subject, request);
    });
    assertUnloadable(subjects, request);
    const previews = subjects.map(previewTable);
    checkColumnNames(
      request,
      previews.map(({ plan }) => plan),
    );
    if (request.onlyPlans === true) {
      const tables = await withCosts(previews, subjects, service);
      return opened(service, { request, subjects, moment, tables, road });
    }
    const { continuation, history } = await wayOnFrom(request, { service, subjects, moment });
    const wanted: Wanted[] = [];
    for (const [index, whole] of subjects.entries()) {
      const rows = continuation.rows[index] ?? {};
      const subject = await wantedOf(whole, { rows, history, service });
      wanted.push({ subject, rows, isPartial: subject !== whole });
    }
    const unloading = unloadingOf(
      wanted.map(({ subject }) => subject),
      request,
    );
    const tables: PlannedTable[] = [];
    for (const [index, { subject, rows, isPartial }] of wanted.entries()) {
      const planning = { service, index, rows, isPartial };
      tables.push(
        unloading === undefined
          ? await planTable(subject, { ...planning, road })
          : await unloadTable(subject, { ...planning, unloading }),
      );
    }
    return opened(service, { request, subjects, moment, tables, road, continuation });
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** What each statement would take; none is run. */
function withCosts(
  previews: readonly PlannedTable[],
  subjects: readonly Subject[],
  service: SnowflakeService,
): Promise<PlannedTable[]> {
  return Promise.all(
    previews.map(async (table, index) => {
      const cost = costText(service.warehouse, await service.scanned(subjects[index]!.statement));
      return { ...table, plan: { ...table.plan, cost } };
    }),
  );
}

/** An entry as it is read, and which of its rows are. */
interface Wanted {
  readonly subject: Subject;
  readonly rows: WantedRows<string>;
  readonly isPartial: boolean;
}

/** An entry as it is read where some rows are new: by the statement for those. */
async function wantedOf(
  whole: Subject,
  {
    rows,
    history,
    service,
  }: { readonly rows: WantedRows<string>; readonly history: History | undefined; readonly service: SnowflakeService },
): Promise<Subject> {
  if (history !== undefined) {
    await assertAllTold(whole, history, service);
    return { ...whole, statement: changedRows(whole, history) };
  }
  if (areAll(rows, whole.request)) return whole;
  const found = statementForRows(whole, rows);
  return { ...whole, ...found, ordered: false, fields: await service.describe(found.statement) };
}

function refuse({ snapshotId, consistency, tables }: SourceRequest): void {
  if (snapshotId !== undefined)
    throw invalidRequest('snapshot-id: Snowflake has no moments that others hold', 'Give the moment with --as-of.');
  if (consistency === 'none')
    throw invalidRequest(
      'consistency: none is not known here',
      'Snowflake reads one moment, and nothing waits for it. Leave it out.',
    );
  for (const asked of tables) assertQuery(asked);
}

interface Opened {
  readonly request: SourceRequest;
  readonly subjects: readonly Subject[];
  readonly moment: Moment;
  readonly tables: readonly PlannedTable[];
  readonly road: Road;
  /** Undefined: nothing is read. */
  readonly continuation?: Continuation<string>;
}

function opened(
  service: SnowflakeService,
  { request, subjects, moment, tables, road, continuation }: Opened,
): OpenSource {
  const settings = request.connection as SnowflakeSettings;
  const began = performance.now();
  const results = tables.flatMap(({ result }) => result ?? []);
  const desk = new Desk<Question, Answer>(deskAnswers({ service, road }, results));
  const certificate = certificateOf({ subjects, moment, tables });
  const { facts } = service;
  const ticket: Ticket = {
    desk: desk.name,
    api: road === 'api' ? settings.endpoint : undefined,
    results: results.map(storedParts),
    stallLimit: request.stallLimit,
    nullsMisfits: request.nullsMisfits === true,
    told: {
      identity: service.identity,
      secrets: secretValues(request.parameters),
      hideValues: request.hideValues,
    },
  };
  return {
    server: {
      kind: 'snowflake',
      version: facts.version,
      database: [facts.database, facts.schema].filter((part) => part !== null).join('.'),
      host: new URL(settings.endpoint).host,
      user: facts.user,
    },
    certificate,
    tables: tables.map(({ plan }) => plan),
    ...unloadedOf(tables),
    ticket,
    maxLanes: 16,
    warnings: [
      ...settings.warnings,
      ...tables.flatMap(({ plan }) => keptAsText(plan)),
      ...momentWarnings(subjects),
      ...(continuation?.warnings ?? []),
    ],
    moment: typeof moment === 'bigint' && isAtMoment(subjects) ? String(moment) : undefined,
    horizon: continuation?.horizon,
    increment: continuation?.evidence,
    lost: new Promise<never>(() => undefined),
    narrowed(plan, indices, rows) {
      const place = tables.findIndex((table) => table.plan.name === plan.name);
      const isRead = rows !== 'all' || !tables[place]!.isPartial;
      return isRead ? narrowedTable(plan, indices) : wholeTable(plan, indices, subjects[place]!);
    },
    confirm(evidence) {
      assertWhole(tables, evidence as readonly RangeEvidence[]);
      return Promise.resolve(certificate);
    },
    serverLoad: () => ({
      transactionSeconds: Math.round((performance.now() - began) / 1000),
      ...(service.credits !== undefined && { creditsEstimated: Number(service.credits.toPrecision(3)) }),
    }),
    close() {
      desk.close();
      return service.close();
    },
  };
}

/** Whether all that is read is of the run's moment, and says so. */
const isAtMoment = (subjects: readonly Subject[]): boolean => subjects.every((subject) => subject.isAtMoment);

/** Several statements, of which some are about the moment when they run. */
function momentWarnings(subjects: readonly Subject[]): readonly string[] {
  const others = subjects.filter((subject) => !subject.isAtMoment).map(({ request }) => request.name);
  if (subjects.length < 2 || others.length === 0) return [];
  return [
    `${others.join(', ')}: read as of when the statement ran, and not of the run's moment; a query says {as_of} where that belongs`,
  ];
}

const day = 86_400_000_000n;

function certificateOf({
  subjects,
  moment,
  tables,
}: Pick<Opened, 'subjects' | 'moment' | 'tables'>): ConsistencyCertificate {
  const statements = tables.flatMap(({ result, unloaded }) => result?.id ?? unloaded?.statement ?? []);
  return {
    level: isAtMoment(subjects) || subjects.length === 1 ? 'snapshot' : 'statement',
    isolation: 'snapshot',
    ...momentOf(subjects, moment),
    ...(statements.length > 0 && { statements }),
  };
}

/** What the certificate says of the moment. */
function momentOf(subjects: readonly Subject[], moment: Moment): Readonly<Record<string, string>> {
  if (typeof moment !== 'bigint') return { momentAfterStatement: moment.statement };
  if (!isAtMoment(subjects)) return { momentNotBefore: momentText(moment) };
  const kept = subjects.flatMap(({ facts }) => facts?.retentionDays ?? []);
  if (kept.length < subjects.length) return { moment: momentText(moment) };
  const until = moment + BigInt(Math.min(...kept)) * day;
  return { moment: momentText(moment), momentReadableUntil: momentText(until) };
}

/** @throws source.lost where not all rows came */
function assertWhole(tables: readonly PlannedTable[], evidence: readonly RangeEvidence[]): void {
  for (const [index, { plan, unloaded }] of tables.entries()) {
    const counts = timesRead(evidence.filter(({ table, isWhole }) => table === index && !isWhole));
    // What was written as files is held to what the service told of them.
    if (unloaded !== undefined) continue;
    const expected = plan.estimatedRows ?? 0;
    const wrong = (counts.length === 0 ? [0] : counts).find((count) => count !== expected);
    if (wrong === undefined) continue;
    throw new TidemarkError('source.lost', `${plan.name}: ${wrong} rows came, and there are ${expected}`, {
      hint: 'Nothing is published. Run again.',
    });
  }
}
