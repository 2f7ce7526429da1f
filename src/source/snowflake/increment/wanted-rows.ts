import type { WantedRows } from '../../../core/windows.js';
import { freeName } from '../../free-name.js';
import type { Statement } from '../connection/result.js';
import { quotedName } from '../connection/table-name.js';
import { limitOf, type Subject } from '../plan/subject.js';
import { windowEnd } from './cursor.js';

type Ends = NonNullable<WantedRows<string>['ends']>;

/** What stands after FROM, with what is bound in it: a table at a moment, or a query in parentheses. */
export function fromOf(
  { all, request, fields }: Pick<Subject, 'all' | 'request' | 'fields'>,
  ends: Ends = { low: undefined, high: undefined },
): Statement {
  const [column] = request.cursor!.columns as [string];
  const { sql, binds } = all.statement(({ name, windowEnd: end }) =>
    windowEnd({ name, end: end! }, ends, { column, fields }),
  );
  return { sql: all.isQuery ? `(\n${sql.replace(/[\s;]+$/, '')}\n)` : sql, binds };
}

/** The statement for the rows that are wanted, where these are not simply all. */
export function statementForRows(
  subject: Subject,
  { rowTest, overlap, ends }: WantedRows<string>,
): Pick<Subject, 'statement' | 'overlapName'> {
  const { sql, binds } = fromOf(subject, ends);
  const overlapName = overlap === undefined ? undefined : freeName('OVERLAP_OF_VERSIONS', subject.fields);
  const marks = overlap === undefined ? '' : `, ${overlap} AS ${quotedName(overlapName!)}`;
  const where = rowTest === undefined ? '' : ` WHERE ${rowTest}`;
  return { statement: { sql: `SELECT *${marks} FROM ${sql}${where}${limitOf(subject.request)}`, binds }, overlapName };
}
