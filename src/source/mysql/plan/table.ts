import { closest } from 'fastest-levenshtein';
import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { isSecret, secretValues } from '../../../core/parameters.js';
import type { Parameter, SourceRequest, TablePlan, TableRequest } from '../../../core/source.js';
import type { MysqlConnection } from '../connection/connection.js';
import { boundQuery, parseQuery } from '../sql/query-text.js';
import { quoteIdentifier } from '../sql/quote.js';
import { columnsOf, type RangeDetail, type ReadStatement, statementOf } from '../sql/statement.js';
import type { TableFacts } from './catalog.js';
import type { FieldFacts } from './field-types.js';
import { readKey } from './key.js';
import { sizeOfRanges } from './range-size.js';
import { cutByKey, type Cuts } from './ranges.js';
import { type ColumnPlan, planColumn } from './types.js';

/** One entry of the request with what it reads; `table` undefined: a query. */
export interface Subject {
  readonly request: TableRequest;
  readonly table: TableFacts | undefined;
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

/** Plans a table or query inside the moment of the session. @throws source.* ; request.invalid for casts */
export async function planTable(
  connection: MysqlConnection,
  subject: Subject,
  { index, request, signal }: { readonly index: number; readonly request: SourceRequest; readonly signal: AbortSignal },
): Promise<PlannedTable> {
  const { table, request: asked } = subject;
  const columns = await planColumns(connection, subject, request);
  const select = columnsOf(columns);
  const found = table && !table.isView ? await readKey(connection, table, table.columns) : undefined;
  const key = found?.key;
  const source =
    table === undefined ? await queryOf(asked, request, columns) : { from: table.sql, values: [], whole: undefined };
  const statement: ReadStatement = {
    ...source,
    columns: select,
    key: key?.columns ?? [],
    index: key?.index,
    limit: asked.limit,
  };
  const cuts =
    key === undefined || table?.engine !== 'InnoDB' || asked.limit !== undefined
      ? oneRange(index)
      : await cutByKey(connection, statement, { table: index, size: sizeOfRanges(table.columns), signal });
  const plan: TablePlan = {
    name: asked.name,
    table: table && `${table.database}.${table.table}`,
    query: asked.query,
    ...(found && { primaryKey: found.names }),
    columns: columns.map(({ column }) => column),
    ...cuts,
    estimatedRows: table?.rows === undefined ? undefined : Math.min(table.rows, asked.limit ?? Infinity),
    sourceBytes: table?.bytes || undefined,
    statement: statementOf(statement, cuts.ranges[0]!.detail as RangeDetail).sql,
  };
  return { plan, statement, sent: columns.map(({ sent }, i) => asSent(sent, columns[i]!)) };
}

/** What is cast to text comes as text. */
function asSent(field: FieldFacts, { reading }: ColumnPlan): FieldFacts {
  return reading === 'asIs' ? field : { ...field, type: 253, flags: 0, characterSet: 45, decimals: 0 };
}

async function planColumns(
  connection: MysqlConnection,
  { table, request: asked }: Subject,
  request: SourceRequest,
): Promise<ColumnPlan[]> {
  const secrets = secretValues(request.parameters);
  const text = table === undefined ? boundQuery(parseQuery(asked.query!), request.parameters).text : selectAll(table);
  const { columns } = await connection.prepare(text, {
    doing: table === undefined ? 'query' : `table ${table.database}.${table.table}`,
    secrets,
  });
  connection.client.unprepare(text);
  if (columns.length === 0) {
    throw invalidRequest('query: it is not a SELECT', 'Give one SELECT without INTO; nothing that writes is run.');
  }
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw invalidRequest(
      `query: two columns are named "${twice}"`,
      `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} …`,
    );
  }
  const used = secretsUsed(asked, request);
  return columns.map((field) =>
    planColumn(
      field,
      table?.columns.find(({ name }) => name === field.name),
      {
        cast: Object.hasOwn(asked.casts, field.name) ? asked.casts[field.name] : undefined,
        redacted: asked.redacted.includes(field.name),
        secrets: used,
      },
    ),
  );
}

function selectAll({ columns, sql }: TableFacts): string {
  if (columns.length === 0) throw new TidemarkError('source.unsupported', `table: ${sql} has no columns that are seen`);
  return `SELECT ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${sql}`;
}

async function queryOf(
  asked: TableRequest,
  { parameters }: SourceRequest,
  columns: readonly ColumnPlan[],
): Promise<Pick<ReadStatement, 'from' | 'values' | 'whole'>> {
  const { text, values } = boundQuery(parseQuery(asked.query!), parameters);
  const asItIs = columns.every(({ reading }) => reading === 'asIs');
  return Promise.resolve({ from: `(\n${text}\n) AS q`, values, whole: asItIs ? text : undefined });
}

/** The secret parameters of a query. */
function secretsUsed({ query }: TableRequest, { parameters }: SourceRequest): readonly Parameter[] {
  if (query === undefined) return [];
  const used = new Set(parseQuery(query).parameters);
  return parameters.filter((parameter) => isSecret(parameter) && used.has(parameter.name));
}

/** Checks that every column named in the request is a column of some table. @throws request.invalid with the nearest name */
export function checkColumnNames(request: SourceRequest, plans: readonly TablePlan[]): void {
  const known = plans.flatMap((plan) => plan.columns.map((column) => column.name));
  const asked = request.tables.flatMap(({ casts, redacted }) => [
    ...Object.keys(casts).map((name) => ['cast', name] as const),
    ...redacted.map((name) => ['redact-stats', name] as const),
  ]);
  for (const [key, name] of asked) {
    if (known.includes(name)) continue;
    throw invalidRequest(
      `${key}: there is no column "${name}"`,
      `Nearest: "${closest(name, known)}". Columns: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`,
    );
  }
}

/** The same rows with some of their columns alone. @param indices of the columns */
export function narrowedTable({ sample: _, ...table }: TablePlan, indices: readonly number[]): TablePlan {
  return {
    ...table,
    columns: indices.map((index) => table.columns[index]!),
    ranges: table.ranges.map((range) => ({
      ...range,
      detail: { ...(range.detail as RangeDetail), only: indices } satisfies RangeDetail,
    })),
  };
}
