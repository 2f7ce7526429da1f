import { invalidRequest } from '../../../core/errors.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { type Continuation, continuationByWindows } from '../../../core/windows.js';
import { type CursorQueries, sqlCursor } from '../../sql-cursor.js';
import type { BigqueryService, TypedParameter } from '../connection/service.js';
import { momentText } from '../plan/query-text.js';
import type { Subject } from '../plan/subject.js';
import { cursorColumn } from './cursor.js';
import { type History, historyHorizon, historySince, whyNotTold } from './history.js';
import { fromOf } from './wanted-rows.js';

/** The moment of a run, and how it is told what is new since an earlier one. */
export interface RunMoment {
  /** Microseconds since 1970, by the service's clock. */
  readonly moment: bigint;
  readonly now: bigint;
  /** The service tells all changes since the earlier run; undefined: it does not. */
  readonly history: History | undefined;
  /** Why it does not. */
  readonly unable: readonly string[];
}

/** Finds the moment: what is asked for, or now, or the last one up to which all changes are told. @throws request.invalid */
export async function runMoment(request: SourceRequest, service: BigqueryService): Promise<RunMoment> {
  const { asOf, since } = request;
  const { moment: now } = await service.dryRun({ sql: 'SELECT 1', parameters: [], mostBytes: undefined });
  if (asOf !== undefined && asOf > now)
    throw invalidRequest(
      `as-of: ${momentText(asOf)} is not yet`,
      `By the clock of the service it is ${momentText(now)}.`,
    );
  const told = since === undefined ? { unable: [] } : await historySince(request, service, now);
  if ('unable' in told) return { moment: asOf ?? now, now, history: undefined, unable: told.unable };
  return { moment: told.moment, now, history: told, unable: [] };
}

/**
 * Decides how it is told which rows are new: by the service's history of changes where it is kept, otherwise by cursors.
 * @throws data.parent where neither is possible; data.cursor; request.invalid
 */
export async function continuationOf(
  request: SourceRequest,
  { moment, now, history, unable }: RunMoment,
  { service, subjects }: { readonly service: BigqueryService; readonly subjects: readonly Subject[] },
): Promise<Continuation<string>> {
  const told = request.tellsHorizon === undefined ? undefined : historyHorizon(subjects, moment);
  if (history !== undefined) {
    const evidence = { from: momentText(history.from), to: momentText(moment), assumed: [], wholly: [] };
    return {
      ...(told && { horizon: { history: told } }),
      rows: subjects.map(() => ({ inOneStatement: true })),
      evidence: { road: 'history', ...evidence },
      warnings: [],
    };
  }
  const isWindowed = subjects.every(({ request: { cursor } }) => cursor?.lag !== undefined);
  const why = unable.length > 0 || isWindowed ? unable : await whyNotNow(request, { subjects, service, now });
  const needed = request.tellsHorizon === 'needed' && why.length > 0 ? 'needed' : 'wanted';
  const found = await continuationByWindows(
    { ...request, ...(request.tellsHorizon && { tellsHorizon: needed }) },
    cursorsOf(subjects, { service, moment, request }),
    why,
  );
  const horizon = { ...found.horizon, ...(told && { history: told }) };
  return { ...found, ...(Object.keys(horizon).length > 0 && { horizon }) };
}

/** Before a run that others are to go on from: whether changes of its tables will be told. */
async function whyNotNow(
  { tellsHorizon }: SourceRequest,
  {
    subjects,
    service,
    now,
  }: { readonly subjects: readonly Subject[]; readonly service: BigqueryService; readonly now: bigint },
): Promise<readonly string[]> {
  if (tellsHorizon !== 'needed') return [];
  const found: string[] = [];
  for (const { request, name, facts } of subjects) {
    const why =
      name === undefined || facts?.type !== 'TABLE'
        ? `${request.name} is no table, and changes are told of tables alone`
        : await whyNotTold(name, { service, now });
    if (why !== undefined) found.push(why);
  }
  return found;
}

function cursorsOf(
  subjects: readonly Subject[],
  {
    service,
    moment,
    request,
  }: { readonly service: BigqueryService; readonly moment: bigint; readonly request: SourceRequest },
): readonly (ReturnType<typeof sqlCursor> | undefined)[] {
  const queries: CursorQueries<TypedParameter> = {
    now: moment,
    mark: (condition, mark) => `IF(${condition}, ${mark}, 0)`,
    row: (sql, parameters, doing) => service.row({ sql, parameters, mostBytes: request.maxBytesBilled }, doing),
  };
  return subjects.map((subject) => {
    const { cursor, name } = subject.request;
    if (cursor === undefined) return undefined;
    const columns = cursor.columns.map((column) => cursorColumn(column, subject.fields));
    return sqlCursor(queries, { name, columns, ...fromOf(subject, moment) }, cursor);
  });
}
