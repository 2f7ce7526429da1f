import type { WindowEnds } from '../../../core/cursor-window.js';
import { invalidRequest } from '../../../core/errors.js';
import { isSecret, secretValues } from '../../../core/parameters.js';
import type { TablePlan } from '../../../core/source.js';
import type { Parameter, SourceRequest, TableRequest } from '../../../core/source-request.js';
import type { WantedRows } from '../../../core/windows.js';
import { narrowedTable as narrowedByRanges } from '../../narrowed-table.js';
import type { MysqlConnection } from '../connection/connection.js';
import { endlessValue, type TypedColumn } from '../increment/cursor.js';
import type { BoundSql } from '../sql/condition.js';
import { boundQuery, parseQuery } from '../sql/query-text.js';
import { columnsOf, type RangeDetail, type ReadStatement, statementOf } from '../sql/statement.js';
import type { TableFacts } from './catalog.js';
import { type FieldFacts, fieldType, fieldTypeName } from './field-types.js';
import type { FoundKey } from './key.js';
import { overlapColumn } from './overlap-column.js';
import { rangeSizes } from './range-size.js';
import { cutByKey, type Cuts } from './ranges.js';
import { type ColumnPlan, planColumn } from './types.js';

/** One entry of the request with what it reads. */
export interface Subject {
  readonly request: TableRequest;
  /** Undefined: a query. */
  readonly table: TableFacts | undefined;
  /** Its columns, as the server describes them. */
  readonly fields: readonly FieldFacts[];
  /** What tells a table's rows from each other; undefined: nothing does. */
  readonly key: FoundKey | undefined;
}

export interface PlannedTable {
  readonly plan: TablePlan;
  readonly statement: ReadStatement;
  /** What the server must send. */
  readonly sent: readonly FieldFacts[];
}

const oneRange = (table: number): Cuts => ({
  ranges: [{ label: 'all rows, by one statement', detail: { table } satisfies RangeDetail }],
});

/** What goes with the planning of a table. */
interface Around {
  readonly index: number;
  readonly request: SourceRequest;
  readonly rows: WantedRows<BoundSql>;
  readonly signal: AbortSignal;
}

/** Plans a table or query inside the moment of the session. @throws source.* ; request.invalid for casts */
export async function planTable(
  connection: MysqlConnection,
  subject: Subject,
  { index, request, rows, signal }: Around,
): Promise<PlannedTable> {
  const { table, request: asked, key: found } = subject;
  const own = planColumns(subject, request);
  const names = own.map(({ column }) => column.name);
  const columns = rows.overlap === undefined ? own : [...own, overlapColumn(rows.overlap, names)];
  const key = found?.key;
  const { text, ...source } = fromOf(subject, request, rows.ends);
  const statement: ReadStatement = {
    ...source,
    whole: isAsItIs(columns) ? text : undefined,
    columns: columnsOf(columns),
    key: key?.columns ?? [],
    index: key?.index,
    limit: asked.limit,
    rowTest: rows.rowTest,
  };
  const isCut = key !== undefined && table?.engine === 'InnoDB' && asked.limit === undefined && !rows.inOneStatement;
  const cuts = isCut
    ? await cutByKey(connection, statement, { table: index, sizes: rangeSizes(table.columns), signal })
    : oneRange(index);
  const plan: TablePlan = {
    name: asked.name,
    table: table && `${table.database}.${table.table}`,
    query: asked.query,
    ...(found && { primaryKey: found.names }),
    columns: columns.map(({ column }) => column),
    ...cuts,
    ...(rows.inOneStatement && { sameFiles: true }),
    ...(rows.seenRows !== undefined && { seenRows: rows.seenRows }),
    estimatedRows: expectedRows(table, asked, rows),
    sourceBytes: table?.bytes || undefined,
    ...(table?.bytes && table.rows && { rowBytes: table.bytes / table.rows }),
    statement: statementOf(statement, cuts.ranges[0]!.detail as RangeDetail).sql,
  };
  return { plan, statement, sent: columns.map(asSent) };
}

/** How many rows are new the server does not know. */
function expectedRows(
  table: TableFacts | undefined,
  { limit = Infinity }: TableRequest,
  { rowTest }: WantedRows<BoundSql>,
): number | undefined {
  return table?.rows === undefined || rowTest !== undefined ? undefined : Math.min(table.rows, limit);
}

/** What is cast to text comes as text. */
function asSent({ sent, reading }: ColumnPlan): FieldFacts {
  const text = { type: fieldType.varString, flags: 0, characterSet: anyText, decimals: 0 };
  return reading === 'asIs' ? sent : { ...sent, ...text };
}

/** utf8mb4_general_ci: any character set but that of bytes says the same. */
const anyText = 45;

/** What the server says of the columns of a table or query, without running it. @throws source.*, request.invalid */
export async function describeFields(
  connection: MysqlConnection,
  { table, request: asked }: Pick<Subject, 'table' | 'request'>,
  { parameters }: SourceRequest,
): Promise<readonly FieldFacts[]> {
  const text =
    table === undefined ? boundQuery(parseQuery(asked.query!), parameters).text : `SELECT * FROM ${table.sql}`;
  const { columns } = await connection.prepare(text, {
    doing: table === undefined ? 'query' : `table ${table.database}.${table.table}`,
    secrets: secretValues(parameters),
  });
  connection.client.unprepare(text);
  if (columns.length === 0) {
    throw invalidRequest('query: it is not a SELECT', 'Give one SELECT without INTO; nothing that writes is run.');
  }
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return columns;
  throw invalidRequest(
    `query: two columns are named "${twice}"`,
    `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} …`,
  );
}

function planColumns({ table, request: asked, fields }: Subject, request: SourceRequest): ColumnPlan[] {
  const secrets = secretsUsed(asked, request);
  return fields.map((field) =>
    planColumn(
      field,
      table?.columns.find(({ name }) => name === field.name),
      {
        cast: Object.hasOwn(asked.casts, field.name) ? asked.casts[field.name] : undefined,
        redacted: asked.redacted.includes(field.name),
        secrets,
      },
    ),
  );
}

/** What rows are read from: what stands after FROM, with its values; of a query, whose window has ends, its own text too. */
export function fromOf(
  subject: Subject,
  request: SourceRequest,
  ends?: WindowEnds,
): Pick<ReadStatement, 'from' | 'values'> & { readonly text?: string } {
  if (subject.table !== undefined) return { from: subject.table.sql, values: [] };
  const { text, values } = boundQueryOf(subject, request, ends);
  return { from: `(\n${text}\n) AS q`, values, text };
}

/** Whether all columns are read under their names, as they come. */
const isAsItIs = (columns: readonly ColumnPlan[]): boolean =>
  columns.every(({ reading, expression }) => reading === 'asIs' && expression === undefined);

/** The query with its values; those of the window's ends are endless where they are not known. */
function boundQueryOf(
  { request: asked, fields }: Subject,
  { parameters }: SourceRequest,
  ends: WindowEnds = { low: undefined, high: undefined },
): { text: string; values: string[] } {
  const query = parseQuery(asked.query!);
  const known = parameters.map((parameter): Parameter => {
    const { windowEnd: end, name } = parameter;
    if (end === undefined || !query.parameters.includes(name)) return parameter;
    const [first] = asked.cursor?.columns ?? [];
    if (first === undefined)
      throw invalidRequest(`query: :${name} is an end of a window, and there is no --cursor`, 'Give one.');
    return { name, value: ends[end] ?? endlessValue(end, first, typedColumns({ fields })) };
  });
  return boundQuery(query, known);
}

/** The columns by their types' names. */
export function typedColumns({ fields }: Pick<Subject, 'fields'>): readonly TypedColumn[] {
  return fields.map((field) => ({ name: field.name, columnType: fieldTypeName(field) }));
}

/** The secret parameters of a query. */
function secretsUsed({ query }: TableRequest, { parameters }: SourceRequest): readonly Parameter[] {
  if (query === undefined) return [];
  const used = new Set(parseQuery(query).parameters);
  return parameters.filter((parameter) => isSecret(parameter) && used.has(parameter.name));
}

/** As {@link narrowedByRanges}; of fewer columns nothing is sampled. */
export const narrowedTable = (
  { sample: _, ...table }: TablePlan,
  indices: readonly number[],
  rows?: 'all',
): TablePlan => narrowedByRanges(table, indices, rows);
