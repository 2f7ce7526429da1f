import type { WantedRows } from '../../../core/windows.js';
import type { TypedParameter } from '../connection/service.js';
import { freeName } from '../../free-name.js';
import { quotedName } from '../plan/literal.js';
import { momentText, quotedTable, withoutEnd } from '../plan/query-text.js';
import type { QueryToRun, Subject } from '../plan/subject.js';
import { windowEnd } from './cursor.js';

/** What stands after FROM: a table at a moment, or a query, and what is bound in it. @param moment microseconds since 1970 */
export function fromOf(
  { table, query, request, fields }: Pick<Subject, 'table' | 'query' | 'request' | 'fields'>,
  moment: bigint,
  ends: NonNullable<WantedRows<string>['ends']> = { low: undefined, high: undefined },
): { readonly from: string; readonly parameters: readonly TypedParameter[] } {
  if (query === undefined)
    return {
      from: `${quotedTable(table!.name)} FOR SYSTEM_TIME AS OF TIMESTAMP '${momentText(moment)}'`,
      parameters: [],
    };
  const [column] = request.cursor!.columns as [string];
  const parameters = query.parameters.map((one) =>
    one.windowEnd === undefined ? one : windowEnd(one, ends, { column, fields }),
  );
  return { from: `(\n${withoutEnd(query.sql)}\n)`, parameters };
}

/** The query for the rows that are wanted, where these are not simply all. */
export function queryForRows(
  subject: Subject,
  { rowTest, overlap, ends }: WantedRows<string>,
  moment: bigint,
): { readonly query: QueryToRun; readonly overlapName: string | undefined } {
  const { query, table, fields } = subject;
  const { from, parameters } = fromOf(subject, moment, ends);
  const overlapName = overlap === undefined ? undefined : freeName('overlap_of_versions', fields);
  const marks = overlap === undefined ? '' : `, ${overlap} AS ${quotedName(overlapName!)}`;
  const where = rowTest === undefined ? '' : ` WHERE ${rowTest}`;
  return {
    query: {
      sql: `SELECT *${marks} FROM ${from}${where}`,
      parameters,
      relations: query?.relations ?? [table!.name],
      ordered: false,
      isAtMoment: query?.isAtMoment ?? true,
    },
    overlapName,
  };
}
