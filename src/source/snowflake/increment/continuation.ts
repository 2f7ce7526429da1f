import type { SourceRequest } from '../../../core/source-request.js';
import { type Continuation, continuationByWindows } from '../../../core/windows.js';
import { type CursorQueries, sqlCursor } from '../../sql-cursor.js';
import type { SnowflakeService } from '../connection/service.js';
import { type Moment, momentText } from '../moment.js';
import type { Subject } from '../plan/subject.js';
import { cursorColumn } from './cursor.js';
import { type History, historyHorizon, historySince, whyNotTold } from './history.js';
import { fromOf } from './wanted-rows.js';

/** How a run goes on from an earlier one. */
export interface WayOn {
  readonly continuation: Continuation<string>;
  /** The service tells all changes since the earlier run; undefined: it does not, or there was none. */
  readonly history: History | undefined;
}

interface Around {
  readonly service: SnowflakeService;
  readonly subjects: readonly Subject[];
  readonly moment: Moment;
}

/**
 * Decides how it is told which rows are new: by the service's history of changes where they are tracked, otherwise by cursors.
 * @throws data.parent where neither is possible; data.cursor; request.invalid
 */
export async function wayOnFrom(request: SourceRequest, around: Around): Promise<WayOn> {
  const { service, subjects, moment } = around;
  const told = request.tellsHorizon === undefined ? undefined : historyHorizon(subjects, moment);
  const found =
    request.since === undefined ? { unable: [] } : await historySince(request, subjects, { service, moment });
  if (!('unable' in found)) return { continuation: byHistory(found, told, subjects), history: found };
  const isWindowed = subjects.every(({ request: { cursor } }) => cursor?.lag !== undefined);
  const why = found.unable.length > 0 || isWindowed ? found.unable : whyNotLater(request, subjects);
  // What is needed is there where changes will be told.
  const needed = request.tellsHorizon === 'needed' && why.length > 0 ? 'needed' : 'wanted';
  const windows = await continuationByWindows(
    { ...request, ...(request.tellsHorizon && { tellsHorizon: needed }) },
    cursorsOf(around),
    why,
  );
  const horizon = { ...windows.horizon, ...(told && { history: told }) };
  const continuation = { ...windows, ...(Object.keys(horizon).length > 0 && { horizon }) };
  return { continuation, history: undefined };
}

function byHistory(
  history: History,
  told: ReturnType<typeof historyHorizon>,
  subjects: readonly Subject[],
): Continuation<string> {
  const evidence = { from: momentText(history.from), to: momentText(history.moment), assumed: [], wholly: [] };
  return {
    ...(told && { horizon: { history: told } }),
    rows: subjects.map(() => ({ inOneStatement: true })),
    evidence: { road: 'history', ...evidence },
    warnings: [],
  };
}

/** Before a run that others are to go on from: why changes of its tables will not be told. */
function whyNotLater({ tellsHorizon }: SourceRequest, subjects: readonly Subject[]): readonly string[] {
  if (tellsHorizon !== 'needed') return [];
  return subjects.flatMap(({ request, name, facts, fields }) =>
    name === undefined || facts?.travels !== true
      ? [`${request.name} is no table with earlier moments, and changes are told of such alone`]
      : (whyNotTold({ name, facts, fields }) ?? []),
  );
}

function cursorsOf({ service, subjects }: Around): readonly (ReturnType<typeof sqlCursor> | undefined)[] {
  const queries: CursorQueries<string> = {
    now: service.facts.now,
    mark: (condition, mark) => `IFF(${condition}, ${mark}, 0)`,
    row: (sql, binds, doing) => service.row({ sql, binds }, doing),
  };
  return subjects.map((subject) => {
    const { cursor, name } = subject.request;
    if (cursor === undefined) return undefined;
    const columns = cursor.columns.map((column) => cursorColumn(column, subject.fields));
    const { sql: from, binds: parameters } = fromOf(subject);
    return sqlCursor(queries, { name, columns, from, parameters }, cursor);
  });
}
