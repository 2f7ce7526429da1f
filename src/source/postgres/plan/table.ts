import type { WindowEnds } from '../../../core/cursor-window.js';
import { TidemarkError } from '../../../core/errors.js';
import { isSecret, secretValues } from '../../../core/parameters.js';
import type { Range, TablePlan, TableSample } from '../../../core/source.js';
import type { Parameter, SourceRequest, TableRequest } from '../../../core/source-request.js';
import { assertDescribedAs } from '../../postgres-protocol/as-described.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { type ColumnFacts, describeTable } from '../../postgres-protocol/describe.js';
import { withTree } from './inheritance.js';
import { type PolicyFacts, policyFacts } from './policies.js';
import { parseQuery } from '../../postgres-protocol/query-text.js';
import { pageRanges, pagesIn, pagesLabel, type Pages, samplePages } from './ranges.js';
import type { Relation } from './relations.js';
import type { ServerFacts } from './server.js';
import {
  queryStatement,
  type RangeDetail,
  type ReadStatement,
  selectStatement,
  sentSelect,
  tableStatement,
} from '../sql/statement.js';
import { typeFacts } from './type-facts.js';
import { type ColumnPlan, planColumn } from './types.js';
import { expectedRows, hiddenColumns, type WantedRows } from './wanted-rows.js';

/** A query of the request, made ready: parameters bound and, for COPY, quoted by the server. */
export interface ReadyQuery {
  readonly bound: string;
  readonly values: readonly string[];
  readonly literal: string;
  readonly columns: readonly ColumnFacts[];
  /** With other ends of the window in it; absent: it says nothing of them. */
  readonly between?: (ends: WindowEnds) => Promise<ReadyQuery>;
}

/** One entry of the request with what it reads. */
export type Subject =
  | { readonly request: TableRequest; readonly relation: Relation }
  | { readonly request: TableRequest; readonly query: ReadyQuery };

export interface PlannedTable {
  readonly plan: TablePlan;
  readonly statement: ReadStatement;
  /** Settings of the user's own that its policies ask for. */
  readonly settings: readonly string[];
  /** What its policies ask for that may be another from statement to statement; none where lanes see the same rows. */
  readonly unsteady: readonly string[];
}

/** What a relation is made of on disk: itself, or the leaves of its partitions and children. */
interface Leaf {
  readonly kind: string;
  readonly method: string | null;
  readonly pages: number;
  readonly bytes: number;
}

/** Plans a table or query inside the held snapshot. @throws source.* ; request.invalid for casts */
export async function planTable(
  connection: PgConnection,
  {
    index,
    subject,
    request,
    server,
    rows: wanted,
  }: {
    readonly index: number;
    readonly subject: Subject;
    readonly request: SourceRequest;
    readonly server: ServerFacts;
    readonly rows: WantedRows;
  },
): Promise<PlannedTable> {
  const { limit } = subject.request;
  const relation = 'relation' in subject ? subject.relation : undefined;
  const found = 'query' in subject ? subject.query.columns : await describeTable(connection, subject.relation.oid);
  const secrets = secretsUsed(subject, request);
  const { via } = request;
  const own = await planColumns(connection, { columns: found, secrets, request: subject.request, server, via });
  if (own.length === 0) {
    throw new TidemarkError('request.invalid', `table: ${relation?.sql} has no columns`, {
      hint: 'There is nothing to write of it. Name another table, or a --query that gives columns.',
    });
  }
  const { rowTest } = wanted;
  const columns = [...own, ...hiddenColumns(wanted, own)];
  const leaves = relation ? await leavesOf(connection, relation.oid, server.pageSize) : [];
  const policies = relation?.filtered === true ? await policyFacts(connection, relation.oid) : nothingAsked;
  const steady = policies.unsteady.length === 0;
  const pages = steady && !wanted.inOneStatement && leaves.length > 0 && leaves.every(isPaged);
  // A statement reads leaf after leaf, so two of them would bring the first leaf's later pages after the last leaf's early ones.
  const statement = relation
    ? tableStatement(relation.sql, columns, { limit, pages, divisible: pages && leaves.length === 1, rowTest })
    : queryStatement(await queryBetween((subject as { query: ReadyQuery }).query, wanted), columns, { limit, rowTest });
  const label = relation?.sql;
  const guess = await estimateRows(connection, statement, relation, request);
  const estimatedRows = expectedRows(guess.rows, { isEmpty: pages && sum(leaves, 'pages') === 0, rowTest, limit });
  const split = pages && limit === undefined;
  const cuts = rangesOf(index, split ? leaves : undefined, server.pageSize);
  const { ranges } = cuts;
  await assertSent(connection, statement, ranges[0]!.detail as RangeDetail, request);
  const plan: TablePlan = {
    name: subject.request.name,
    table: label,
    query: subject.request.query,
    ...(relation && relation.primaryKey.length > 0 && { primaryKey: relation.primaryKey }),
    columns: columns.map(({ column }) => column),
    ...cuts,
    ...(rowTest !== undefined && { sameFiles: true }),
    ...(wanted.seenRows !== undefined && { seenRows: wanted.seenRows }),
    estimatedRows,
    sourceBytes: relation && leaves.some((leaf) => leaf.bytes > 0) ? sum(leaves, 'bytes') : undefined,
    ...(leaves.length > 0 && rowBytesOf(leaves, guess, server.pageSize)),
    statement: selectStatement(statement, ranges[0]!.detail as RangeDetail).text,
  };
  return { plan, statement, ...policies };
}

async function queryBetween(query: ReadyQuery, { ends }: WantedRows): Promise<ReadyQuery> {
  return ends && query.between ? query.between(ends) : query;
}

const nothingAsked: PolicyFacts = { unsteady: [], settings: [] };

/** What will be sent must give the columns that were described, with constants in place of parameters too. */
async function assertSent(
  connection: PgConnection,
  statement: ReadStatement,
  range: RangeDetail,
  request: SourceRequest,
): Promise<void> {
  const { text, sent } = sentSelect(statement, range, request.via);
  await assertDescribedAs(sent, connection, text, { doing: 'planning', secrets: secretsOf(request) });
}

/** The same rows, or all of the table, with some of their columns alone. @param indices of the columns */
export function narrowedTable({ sample: _, ...table }: TablePlan, indices: readonly number[], rows?: 'all'): TablePlan {
  const everyRow = rows === 'all' ? ({ everyRow: true } as const) : {};
  return {
    ...table,
    columns: indices.map((index) => table.columns[index]!),
    ranges: table.ranges.map((range) => ({
      ...range,
      detail: { ...(range.detail as RangeDetail), only: indices, ...everyRow } satisfies RangeDetail,
    })),
  };
}

async function planColumns(
  connection: PgConnection,
  {
    columns,
    secrets,
    request,
    server,
    via,
  }: {
    readonly columns: readonly ColumnFacts[];
    readonly secrets: readonly Parameter[];
    readonly request: TableRequest;
    readonly server: ServerFacts;
    readonly via: SourceRequest['via'];
  },
): Promise<ColumnPlan[]> {
  const facts = await typeFacts(connection, columns);
  return columns.map(({ name }, i) =>
    planColumn(name, facts[i]!, {
      cast: Object.hasOwn(request.casts, name) ? request.casts[name] : undefined,
      redacted: request.redacted.includes(name),
      secrets,
      unchecked: server.encoding === 'SQL_ASCII',
      via,
    }),
  );
}

/** The secret parameters of a query. */
function secretsUsed(subject: Subject, { parameters }: SourceRequest): readonly Parameter[] {
  const { query } = subject.request;
  if (query === undefined) return [];
  const used = new Set(parseQuery(query, parameters).parameters);
  return parameters.filter((parameter) => isSecret(parameter) && used.has(parameter.name));
}

async function leavesOf(connection: PgConnection, oid: number, pageSize: number): Promise<Leaf[]> {
  const rows = await connection.query<{ kind: string; method: string | null; size: string; bytes: string }>(
    `${withTree}
     SELECT c.relkind AS kind, m.amname AS method,
            COALESCE(pg_catalog.pg_relation_size(c.oid), 0)::pg_catalog.text AS size,
            COALESCE(pg_catalog.pg_table_size(c.oid), 0)::pg_catalog.text AS bytes
       FROM tree JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) tree.oid
       LEFT JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) c.relam
      WHERE c.relkind OPERATOR(pg_catalog.<>) 'p' ORDER BY c.oid`,
    [[oid]],
  );
  return rows.map(({ kind, method, size, bytes }) => {
    return { kind, method, pages: Math.ceil(Number(size) / pageSize), bytes: Number(bytes) };
  });
}

/** Whether `ctid` picks pages of it: other storage than the heap, foreign tables and views have none that mean anything. */
function isPaged({ kind, method }: Leaf): boolean {
  return (kind === 'r' || kind === 'm') && method === 'heap';
}

function rangesOf(
  table: number,
  leaves: readonly Leaf[] | undefined,
  pageSize: number,
): { readonly ranges: readonly Range[]; readonly sample?: TableSample } {
  if (!leaves) return { ranges: [{ label: 'all rows, by one statement', detail: { table } satisfies RangeDetail }] };
  const leafPages = leaves.map((leaf) => leaf.pages);
  const rangeOf = (pages: Pages): Range & { readonly bytes: number } => {
    const detail: RangeDetail = { table, pages };
    return { label: pagesLabel(pages), detail, bytes: pagesIn(pages, leafPages) * pageSize };
  };
  const ranges = pageRanges(leafPages, pageSize).map(rangeOf);
  if (ranges.length === 1) return { ranges };
  const sampled = samplePages(leafPages, pageSize).map(rangeOf);
  return { ranges, sample: { ranges: sampled, bytes: sum(sampled, 'bytes') } };
}

/** The header and the pointer of a row in its page. */
const rowHeaderBytes = 28;

/** Pages may be nearly empty after many rows went; then so is what lies elsewhere, large values, most likely. */
function rowBytesOf(
  leaves: readonly Leaf[],
  { rows, width }: GuessedRows,
  pageSize: number,
): { readonly rowBytes: number } | undefined {
  const heap = sum(leaves, 'pages') * pageSize;
  if (heap === 0 || rows === 0) return undefined;
  const filled = Math.min(1, (rows * (width + rowHeaderBytes)) / heap);
  return { rowBytes: (sum(leaves, 'bytes') * filled) / rows };
}

/** The planner's guess; `width` is bytes of a row's values, of large ones only what lies in the row. */
interface GuessedRows {
  readonly rows: number;
  readonly width: number;
}

const explain = 'EXPLAIN (FORMAT JSON) ';

/** The planner's guess. Planning also takes locks on all that the statement reads, for the rest of the transaction. */
export async function estimateRows(
  connection: PgConnection,
  { bound, values }: Pick<ReadStatement, 'bound' | 'values'>,
  relation: Relation | undefined,
  request: SourceRequest,
): Promise<GuessedRows> {
  const [row] = await connection.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Plan Width': number } }] }>(
    `${explain}${bound}`,
    values,
    {
      doing: relation ? `table ${relation.sql}` : 'query',
      ...(relation ? { relation: relation.sql } : { sql: { text: bound, offset: explain.length } }),
      user: connection.settings.user,
      secrets: secretsOf(request),
    },
  );
  const { 'Plan Rows': rows, 'Plan Width': width } = row!['QUERY PLAN'][0].Plan;
  return { rows, width };
}

export function secretsOf(request: SourceRequest): string[] {
  return secretValues(request.parameters);
}

function sum<Key extends string>(items: readonly Record<Key, number>[], key: Key): number {
  return items.reduce((total, item) => total + item[key], 0);
}
