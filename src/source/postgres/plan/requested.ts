import { TidemarkError } from '../../../core/errors.js';
import type { SourceRequest, TableRequest } from '../../../core/source-request.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { describeQuery } from '../../postgres-protocol/describe.js';
import { withTree } from './inheritance.js';
import { checkParameters, type QueryText } from '../../../core/query-parameters.js';
import { boundQuery, literalQuery, parseQuery } from '../../postgres-protocol/query-text.js';
import { sessionsByLocks } from '../snapshot/lock-table.js';
import type { LockBudget } from '../snapshot/lock-budget.js';
import { type CurrentRelation, lockedRelations } from '../snapshot/locked-relations.js';
import { nearestTables, type Relation, relationFacts, resolveTable } from './relations.js';
import { beginSession } from '../snapshot/session.js';
import { endlessValue } from '../sql/window-ends.js';
import { estimateRows, type ReadyQuery, secretsOf, type Subject } from './table.js';
import type { WindowEnds } from '../../../core/cursor-window.js';

/** What the request reads, found out before the snapshot is taken, so that all of it can be locked before. */
export interface RequestedRelations {
  readonly subjects: readonly Subject[];
  /** Every relation that is read, through views too, with all partitions and children. */
  readonly relations: readonly Relation[];
}

/**
 * Looks at the request in a transaction of its own: planning a statement takes locks on all that it reads, and those are
 * listed. They are let go at the end; the snapshot's transaction takes them anew, in the right order.
 */
export async function findRequested(
  connection: PgConnection,
  request: SourceRequest,
  budget: LockBudget,
): Promise<RequestedRelations> {
  await beginSession(connection, 'READ COMMITTED');
  try {
    const texts = request.tables.map((table) =>
      table.query === undefined ? undefined : parseQuery(table.query, request.parameters),
    );
    checkParameters(
      texts.filter((text) => text !== undefined),
      request.parameters,
    );
    const subjects: Subject[] = [];
    for (const [i, table] of request.tables.entries()) {
      await budget.apply(connection);
      subjects.push(await subjectOf(connection, request, table, texts[i]));
    }
    const relations = await relationFacts(
      connection,
      await withChildren(connection, await lockedRelations(connection)),
    );
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
): Promise<Subject> {
  if (!text) {
    const relation = await resolveTable(connection, table.table ?? '');
    await sessionsByLocks(connection, [relation.oid]);
    await estimateRows(connection, { bound: `SELECT * FROM ${relation.sql}`, values: [] }, relation, request);
    return { request: table, relation };
  }
  const { text: bound, values } = boundQuery(text, request.parameters);
  const secrets = secretsOf(request);
  const { columns, parameterTypes } = await withNearestNames(connection, () =>
    describeQuery(connection, bound, secrets),
  );
  const between = async (ends: WindowEnds): Promise<ReadyQuery> => {
    const known = withEnds(request.parameters, text, { values, types: parameterTypes }, ends);
    const literals = await typedLiterals(connection, known, parameterTypes, secrets);
    return { bound, values: known, literal: literalQuery(text, literals), columns };
  };
  const ends = request.parameters.some(({ name, windowEnd }) => windowEnd && text.parameters.includes(name));
  const query = { ...(await between({ low: undefined, high: undefined })), ...(ends && { between }) };
  await estimateRows(connection, query, undefined, request);
  return { request: table, query };
}

/** The values of a query's parameters, those of the window's ends among them. */
function withEnds(
  parameters: SourceRequest['parameters'],
  text: QueryText,
  { values, types }: { readonly values: readonly string[]; readonly types: readonly number[] },
  ends: WindowEnds,
): readonly string[] {
  return [...new Set(text.parameters)].map((name, index) => {
    const end = parameters.find((parameter) => parameter.name === name)?.windowEnd;
    return end === undefined ? values[index]! : (ends[end] ?? endlessValue(end, types[index]!));
  });
}

/** LOCK TABLE takes partitions and children that planning leaves out. */
async function withChildren(connection: PgConnection, relations: readonly CurrentRelation[]): Promise<number[]> {
  const rows = await connection.query<{ oid: number }>(`${withTree} SELECT oid FROM tree`, [
    relations.map((relation) => relation.oid),
  ]);
  return rows.map((row) => row.oid);
}

/**
 * The values as literals, written by the server, each of the type that the server resolved for its parameter: where a
 * parameter stands twice, a bare literal would be taken for one type here and for another there.
 */
async function typedLiterals(
  connection: PgConnection,
  values: readonly string[],
  types: readonly number[],
  secrets: readonly string[],
): Promise<string[]> {
  if (values.length === 0) return [];
  const rows = await connection.query<{ literal: string }>(
    `SELECT pg_catalog.format('CAST(%L AS %I.%I)', v.value, n.nspname, t.typname) AS literal
       FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.oid[]))
              WITH ORDINALITY AS v(value, type, place)
       JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) v.type
       JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
      ORDER BY v.place`,
    [values, types],
    { doing: 'quoting parameters', secrets },
  );
  return rows.map((row) => row.literal);
}

/** Adds the nearest names to the error for a relation that is not there. */
async function withNearestNames<T>(connection: PgConnection, work: () => Promise<T>): Promise<T> {
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
