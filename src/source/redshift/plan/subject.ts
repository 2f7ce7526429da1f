import type { WindowEnds } from '../../../core/cursor-window.js';
import { invalidRequest } from '../../../core/errors.js';
import { isSecret, secretValues } from '../../../core/parameters.js';
import type { Parameter, SourceRequest, TableRequest } from '../../../core/source-request.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { type ColumnFacts, describe, describeQuery } from '../../postgres-protocol/describe.js';
import { boundQuery, literalQuery, parseQuery } from '../../postgres-protocol/query-text.js';
import { textLiteral, windowEnd } from '../increment/cursor.js';
import { findTable, type TableFacts } from './table-facts.js';

/** One entry of the request with what it reads. */
export interface Subject {
  readonly request: TableRequest;
  /** Undefined: a query. */
  readonly table: TableFacts | undefined;
  readonly columns: readonly ColumnFacts[];
}

/** Finds out what an entry of the request reads, without running it. @throws source.*, request.invalid */
export async function subjectOf(
  connection: PgConnection,
  asked: TableRequest,
  request: SourceRequest,
): Promise<Subject> {
  const secrets = secretValues(request.parameters);
  if (asked.query !== undefined) {
    const { text } = boundQuery(parseQuery(asked.query, request.parameters), named(request.parameters));
    const { columns } = await describeQuery(connection, text, secrets);
    return { request: asked, table: undefined, columns };
  }
  const table = await findTable(connection, asked.table!);
  const { columns = [] } = await describe(connection, `SELECT * FROM ${table.quoted}`, {
    doing: `table ${table.name}`,
  });
  return { request: asked, table, columns };
}

/** Ends of a window have no value yet. */
const named = (parameters: readonly Parameter[]): readonly Parameter[] =>
  parameters.map((parameter) => (parameter.windowEnd === undefined ? parameter : { ...parameter, value: '' }));

/** What stands after FROM, with its values; of a query its own text, too. */
export function fromOf(
  { request: asked, table, columns }: Subject,
  { parameters }: SourceRequest,
  ends: WindowEnds = { low: undefined, high: undefined },
  how?: 'as literals',
): { readonly from: string; readonly values: readonly string[]; readonly whole: string } {
  if (table !== undefined) return { from: table.quoted, values: [], whole: `SELECT * FROM ${table.quoted}` };
  const query = parseQuery(asked.query!, parameters);
  const known = parameters.map((parameter): Parameter => {
    const { windowEnd: end, name } = parameter;
    if (end === undefined || !query.parameters.includes(name)) return parameter;
    const [column] = asked.cursor?.columns ?? [];
    if (column === undefined)
      throw invalidRequest(`query: :${name} is an end of a window, and there is no --cursor`, 'Give one.');
    return { name, value: windowEnd({ name, end }, ends, { column, columns }) };
  });
  const { text, values } = boundQuery(query, known);
  if (how === 'as literals') {
    const literal = literalQuery(query, values.map(textLiteral));
    return { from: `(\n${literal}\n) AS q`, values: [], whole: literal };
  }
  return { from: `(\n${text}\n) AS q`, values, whole: text };
}

/** The secret parameters of a query. */
export function secretsUsed({ query }: TableRequest, { parameters }: SourceRequest): readonly Parameter[] {
  if (query === undefined) return [];
  const used = new Set(parseQuery(query, parameters).parameters);
  return parameters.filter((parameter) => isSecret(parameter) && used.has(parameter.name));
}
