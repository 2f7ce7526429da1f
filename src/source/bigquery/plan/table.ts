import type { Range, TablePlan } from '../../../core/source.js';
import type { SourceRequest, UnloadedTable, UnloadRequest } from '../../../core/source-request.js';
import type { JobFacts, QueryResult } from '../connection/answers.js';
import type { BigqueryService } from '../connection/service.js';
import { textOf, type TableName } from '../connection/table-name.js';
import type { RangeDetail } from '../read/lane.js';
import type { WantedRows } from '../../../core/windows.js';
import { assertSame, assertSent, columnsOf } from './columns.js';
import { exportQuery, exportStatement } from './export.js';
import { priceOf } from './price.js';
import { streamsFor } from './streams.js';
import { momentText, quotedTable } from './query-text.js';
import { assertCheap, secretsOf, type Subject } from './subject.js';

export interface PlannedTable {
  readonly plan: TablePlan;
  /** The table that is read: the one that was asked for, or a result; undefined: none is yet. */
  readonly name: TableName | undefined;
  /** Of its read session, in Arrow's stream format; empty: there is none. */
  readonly schema: Uint8Array;
  /** How many rows there are at the moment; what is read is held to it. */
  readonly rows: number | undefined;
  /** What the query came to that ran; undefined: none did. */
  readonly job: JobFacts | undefined;
  /** The files that it was written to; absent: it was not. */
  readonly unloaded?: UnloadedTable;
  /** How many rows there are where some are read, and {@link wholeTable} gives all; undefined: it does not. */
  readonly allRows?: number | undefined;
}

interface Around {
  readonly service: BigqueryService;
  readonly request: SourceRequest;
  readonly index: number;
  /** Microseconds since 1970. */
  readonly moment: bigint;
  readonly rows: WantedRows<string>;
}

/** What a table or query gives, without anything that costs: as `plan` shows it. */
export function previewTable(subject: Subject, index: number, pruned?: string): PlannedTable {
  const { facts } = subject.table ?? {};
  const ranges = [rangeOf({ table: index, piece: undefined, limit: subject.request.limit }, 'all rows')];
  const plan = planOf(subject, { ranges, rows: facts?.rows, pruned });
  return { plan, name: undefined, schema: new Uint8Array(0), rows: undefined, job: undefined };
}

/** Runs a query, and cuts rows into ranges. @throws source.*, request.invalid */
export async function planTable(subject: Subject, around: Around): Promise<PlannedTable> {
  const { service, request, index, rows: wanted } = around;
  const { table, query, request: asked } = subject;
  const job = query && (await service.run({ ...query, mostBytes: request.maxBytesBilled }));
  const name = job?.table ?? table!.name;
  const cutting = job && request.via === 'rest' ? byPages(subject, job) : bySession(subject, name, around);
  // Where there is a limit, nothing is run before it is known what is billed.
  if (request.maxBytesBilled !== undefined) await cutting;
  const [{ pieces, schema }, rows] = await Promise.all([cutting, job?.rows ?? countRows(name, around)]);
  const ranges = pieces.map(([label, piece]) => rangeOf({ table: index, piece, limit: asked.limit }, label));
  const plan = planOf(subject, {
    ranges: ranges.length > 0 ? ranges : [rangeOf({ table: index, piece: undefined, limit: undefined }, 'no rows')],
    rows,
    wanted,
  });
  return { plan, name, schema, rows, job };
}

/** Has a query written as files. @throws source.*, request.invalid */
export async function exportTable(
  subject: Subject,
  { service, request, index, rows: wanted, unload }: Around & { readonly unload: UnloadRequest },
): Promise<PlannedTable> {
  const { query, request: asked } = subject;
  const ranges = [rangeOf({ table: index, piece: undefined, limit: undefined }, 'all rows')];
  const plan = planOf(subject, { ranges, rows: undefined, wanted });
  const folder = String(index);
  unload.begins?.(plan.name);
  const sql = exportStatement(exportQuery(subject, plan.columns), folder, unload);
  const running = { sql, parameters: query!.parameters, mostBytes: request.maxBytesBilled };
  const job = await service.export(running, `export ${asked.name}`);
  const unloaded = { folder, ...(job.rows !== undefined && { rows: job.rows }) };
  return { plan, name: undefined, schema: new Uint8Array(0), rows: undefined, job, unloaded };
}

interface Cut {
  readonly pieces: readonly (readonly [label: string, piece: RangeDetail['piece']])[];
  readonly schema: Uint8Array;
}

/** Rows that come in an order, or of which not all are wanted, are read in one piece. */
const mostPieces = ({ query, request: { limit }, bytes }: Subject): number =>
  query?.ordered || limit !== undefined ? 1 : streamsFor(bytes);

async function bySession(subject: Subject, name: TableName, { service, request, moment }: Around): Promise<Cut> {
  const { table } = subject;
  const { schema, streams, bytesScanned } = await service.createSession({
    table: name,
    moment: table === undefined ? undefined : moment,
    columns: [],
    where: undefined,
    codec: 'zstd',
    mostStreams: mostPieces(subject),
  });
  if (table !== undefined) assertCheap(bytesScanned ?? table.facts.bytes ?? 0, request, textOf(name));
  assertSent(schema, subject.fields, textOf(name));
  const pieces = streams.map((stream, at) => [`stream ${at + 1} of ${streams.length}`, stream] as const);
  return { schema, pieces };
}

function byPages(subject: Subject, { rows: all, fields, table }: QueryResult): Cut {
  assertSame(fields, subject.fields, textOf(table));
  const count = Math.min(all, subject.request.limit ?? Infinity);
  const each = Math.ceil(count / mostPieces(subject));
  const pieces = Array.from({ length: each === 0 ? 0 : Math.ceil(count / each) }, (_, index) => {
    const firstRow = index * each;
    const rows = Math.min(each, count - firstRow);
    return [`rows ${firstRow + 1}–${firstRow + rows}`, { firstRow, rows }] as const;
  });
  return { pieces, schema: new Uint8Array(0) };
}

const rangeOf = (detail: RangeDetail, label: string): Range => ({ label, detail });

/** Rows of a table at a moment: the service knows without reading any. */
export function countRows(
  name: TableName,
  { service, request, moment }: Omit<Around, 'index' | 'rows'>,
): Promise<number> {
  const sql = `SELECT COUNT(*) AS rows_of_table FROM ${quotedTable(name)} FOR SYSTEM_TIME AS OF TIMESTAMP '${momentText(moment)}'`;
  return service.count({ sql, parameters: [], mostBytes: request.maxBytesBilled });
}

interface Planned {
  readonly ranges: readonly Range[];
  readonly rows: number | undefined;
  readonly wanted?: WantedRows<string>;
  readonly pruned?: string | undefined;
}

function planOf(subject: Subject, { ranges, rows, wanted, pruned }: Planned): TablePlan {
  const { request: asked, fields, table, query, bytes, overlapName } = subject;
  const expected = rows === undefined ? undefined : Math.min(rows, asked.limit ?? Infinity);
  return {
    name: asked.name,
    table: subject.name && textOf(subject.name),
    query: asked.query,
    ...(query && { relations: query.relations.map(textOf), statement: query.sql }),
    columns: columnsOf(fields, { request: asked, secrets: secretsOf(subject), overlapName }),
    ranges,
    ...(wanted?.inOneStatement && { sameFiles: true }),
    ...(wanted?.seenRows !== undefined && { seenRows: wanted.seenRows }),
    estimatedRows: expected,
    sourceBytes: table === undefined ? undefined : bytes,
    ...(bytes !== undefined && {
      billed: {
        bytes,
        price: priceOf(bytes, table === undefined ? 'query' : 'read'),
        ...(pruned !== undefined && { of: pruned }),
      },
    }),
    ...(table?.facts.rows && table.facts.bytes && { rowBytes: table.facts.bytes / table.facts.rows }),
  };
}

/** All rows of a table of which some are read, with some of their columns alone. @param indices of the columns */
export function wholeTable(
  plan: TablePlan,
  indices: readonly number[],
  { name, moment }: { readonly name: TableName; readonly moment: bigint },
): TablePlan {
  const columns = indices.map((index) => plan.columns[index]!);
  const piece = { table: name, moment, columns: columns.map((column) => column.name) };
  const detail: RangeDetail = { table: (plan.ranges[0]!.detail as RangeDetail).table, piece, limit: undefined };
  return { ...plan, columns, ranges: [{ label: 'all rows', detail }] };
}
