import type { Range, SourceRequest, TablePlan } from '../../../core/source.js';
import { type BigqueryService, type QueryResult, textOf } from '../connection/service.js';
import type { RangeDetail } from '../read/lane.js';
import { assertSent, columnsOf } from './columns.js';
import { priceOf } from './price.js';
import { streamsFor } from './streams.js';
import { momentText, quotedTable, type TableName } from './query-text.js';
import { assertCheap, secretsOf, type Subject } from './subject.js';

export interface PlannedTable {
  readonly plan: TablePlan;
  /** Of its read session, in Arrow's stream format. */
  readonly schema: Uint8Array;
  /** How many rows there are at the moment; what is read is held to it. */
  readonly rows: number | undefined;
  /** What the query came to that ran; undefined: none did. */
  readonly job: QueryResult | undefined;
}

interface Around {
  readonly service: BigqueryService;
  readonly request: SourceRequest;
  readonly index: number;
  /** Microseconds since 1970. */
  readonly moment: bigint;
}

/** What a table or query gives, without anything that costs: as `plan` shows it. */
export function previewTable(subject: Subject, index: number): PlannedTable {
  const { facts } = subject.table ?? {};
  const ranges = [rangeOf({ table: index, stream: undefined, limit: subject.request.limit }, 'all rows')];
  const plan = planOf(subject, { ranges, rows: facts?.rows });
  return { plan, schema: new Uint8Array(0), rows: undefined, job: undefined };
}

/** Runs a query, begins a read session, and cuts its rows into ranges. @throws source.*, request.invalid */
export async function planTable(subject: Subject, around: Around): Promise<PlannedTable> {
  const { service, request, index, moment } = around;
  const { table, query, request: asked } = subject;
  const result = query && (await service.run({ ...query, mostBytes: request.maxBytesBilled }));
  const name = result?.table ?? table!.name;
  const streams = query?.ordered || asked.limit !== undefined ? 1 : streamsFor(subject.bytes);
  const session = await service.createSession({
    table: name,
    moment: table === undefined ? undefined : moment,
    columns: [],
    where: undefined,
    codec: 'none',
    mostStreams: streams,
  });
  if (table !== undefined) assertCheap(session.bytesScanned ?? table.facts.bytes ?? 0, request, textOf(name));
  assertSent(session.schema, subject.fields, textOf(name));
  const rows = result?.rows ?? (await countRows(name, around));
  const ranges = session.streams.map((stream, at) =>
    rangeOf({ table: index, stream, limit: asked.limit }, `stream ${at + 1} of ${session.streams.length}`),
  );
  const plan = planOf(subject, {
    ranges: ranges.length > 0 ? ranges : [rangeOf({ table: index, stream: undefined, limit: undefined }, 'no rows')],
    rows,
  });
  return { plan, schema: session.schema, rows, job: result };
}

const rangeOf = (detail: RangeDetail, label: string): Range => ({ label, detail });

/** Rows of a table at a moment: the service knows without reading any. */
function countRows(name: TableName, { service, request, moment }: Around): Promise<number> {
  const sql = `SELECT COUNT(*) AS rows_of_table FROM ${quotedTable(name)} FOR SYSTEM_TIME AS OF TIMESTAMP '${momentText(moment)}'`;
  return service.count({ sql, parameters: [], mostBytes: request.maxBytesBilled });
}

function planOf(
  subject: Subject,
  { ranges, rows }: { readonly ranges: readonly Range[]; readonly rows: number | undefined },
): TablePlan {
  const { request: asked, fields, table, query, bytes } = subject;
  const expected = rows === undefined ? undefined : Math.min(rows, asked.limit ?? Infinity);
  return {
    name: asked.name,
    table: subject.name && textOf(subject.name),
    query: asked.query,
    ...(query && { relations: query.relations.map(textOf), statement: query.sql }),
    columns: columnsOf(fields, asked, secretsOf(subject)),
    ranges,
    estimatedRows: expected,
    sourceBytes: table === undefined ? undefined : bytes,
    ...(bytes !== undefined && { billed: { bytes, price: priceOf(bytes, table === undefined ? 'query' : 'read') } }),
    ...(table?.facts.rows && table.facts.bytes && { rowBytes: table.facts.bytes / table.facts.rows }),
  };
}

/** The same rows of a table with some of their columns alone. @param indices of the columns */
export function narrowedTable(table: TablePlan, indices: readonly number[]): TablePlan {
  return {
    ...table,
    columns: indices.map((index) => table.columns[index]!),
    ranges: table.ranges.map((range) => {
      const detail = range.detail as RangeDetail;
      const only = indices.map((index) => detail.only?.[index] ?? index);
      return { ...range, detail: { ...detail, only } satisfies RangeDetail };
    }),
  };
}
