import { TidemarkError } from '../../core/errors.js';
import type { SourceRequest, TableRequest } from '../../core/source.js';
import type { PgConnection } from './connect.js';
import { describeQuery } from './describe.js';
import { boundQuery, checkParameters, literalQuery, parseQuery, type QueryText } from './query-text.js';
import { heldRelations, nearestTables, type Relation, relationFacts, resolveTable } from './relations.js';
import { beginSession } from './session.js';
import { estimateRows, secretsOf, type Subject } from './table-plan.js';

/** What the request reads, found out before the snapshot is taken, so that all of it can be locked before. */
export interface Survey {
  readonly subjects: readonly Subject[];
  /** Every relation that is read, through views and partitions too. */
  readonly relations: readonly Relation[];
}

/**
 * Looks at the request in a transaction of its own: planning a statement takes locks on all that it reads, and those are
 * listed. They are let go at the end; the snapshot's transaction takes them anew, in the right order.
 */
export async function surveyRequest(connection: PgConnection, request: SourceRequest): Promise<Survey> {
  await beginSession(connection, 'READ COMMITTED');
  try {
    const texts = request.tables.map((table) =>
      table.query === undefined ? undefined : parseQuery(table.query, request.parameters),
    );
    checkParameters(
      texts.filter((text) => text !== undefined),
      request.parameters,
    );
    const literals = await quoteLiterals(connection, request);
    const subjects: Subject[] = [];
    for (const [i, table] of request.tables.entries()) {
      subjects.push(await subjectOf(connection, request, table, texts[i], literals));
    }
    const relations = await relationFacts(connection, await heldRelations(connection));
    return { subjects, relations };
  } finally {
    await connection.query('ROLLBACK').catch(() => undefined);
  }
}

async function subjectOf(
  connection: PgConnection,
  request: SourceRequest,
  table: TableRequest,
  text: QueryText | undefined,
  literals: ReadonlyMap<string, string>,
): Promise<Subject> {
  if (!text) {
    const relation = await resolveTable(connection, table.table ?? '');
    await estimateRows(connection, { bound: `SELECT * FROM ${relation.sql}`, values: [] }, relation, request);
    return { request: table, relation };
  }
  const { text: bound, values } = boundQuery(text, request.parameters);
  const columns = await helpfully(connection, () => describeQuery(connection, bound, secretsOf(request)));
  const query = { bound, values, literal: literalQuery(text, literals), columns };
  await estimateRows(connection, query, undefined, request);
  return { request: table, query };
}

/** The values as literals, written by the server. */
async function quoteLiterals(connection: PgConnection, { parameters }: SourceRequest): Promise<Map<string, string>> {
  if (parameters.length === 0) return new Map();
  const secrets = parameters.filter((parameter) => parameter.secret).map((parameter) => parameter.value);
  const rows = await connection.query<{ literal: string }>(
    `SELECT format('%L', v.value) AS literal FROM unnest($1::text[]) WITH ORDINALITY AS v(value, place) ORDER BY v.place`,
    [parameters.map((parameter) => parameter.value)],
    { doing: 'quoting parameters', secrets },
  );
  return new Map(parameters.map(({ name }, i) => [name, rows[i]!.literal]));
}

/** Adds the nearest names to the error for a relation that is not there. */
async function helpfully<T>(connection: PgConnection, work: () => Promise<T>): Promise<T> {
  try {
    await connection.query('SAVEPOINT looking');
    return await work();
  } catch (error) {
    const failure = TidemarkError.from(error);
    const missing = /"([^"]+)"/.exec(failure.message)?.[1];
    const isRelation = (failure.cause as { code?: string } | undefined)?.code === '42P01';
    if (failure.code !== 'source.not-found' || !isRelation || missing === undefined) throw failure;
    await connection.query('ROLLBACK TO SAVEPOINT looking');
    const near = await nearestTables(connection, missing);
    if (near.length === 0) throw failure;
    throw new TidemarkError(failure.code, failure.message, { cause: failure, hint: `Nearest: ${near.join(', ')}.` });
  }
}
