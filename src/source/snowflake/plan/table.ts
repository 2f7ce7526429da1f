import type { Range, TablePlan } from '../../../core/source.js';
import type { UnloadedTable } from '../../../core/source-request.js';
import type { WantedRows } from '../../../core/windows.js';
import { isSame, type SnowflakeField, typeText } from '../connection/field.js';
import { TidemarkError } from '../../../core/errors.js';
import type { StoredResult } from '../connection/result.js';
import type { Road, SnowflakeService } from '../connection/service.js';
import { quotedName, textOf } from '../connection/table-name.js';
import { storedParts } from '../read/stored-parts.js';
import type { PlannedPart, RangeDetail } from '../read/ticket.js';
import { columnsOf } from './columns.js';
import { bytesOfRange } from './range-size.js';
import { secretsOf, type Subject } from './subject.js';
import { aboutBucket, unloadedColumns, type Unloading, unloadStatement } from './unload.js';

export interface PlannedTable {
  readonly plan: TablePlan;
  /** Undefined: nothing was run. */
  readonly result: StoredResult | undefined;
  /** The files that it was written to, and the statement that did that; absent: it was not. */
  readonly unloaded?: UnloadedTable & { readonly statement: string };
  /** Some of the table's rows are read. */
  readonly isPartial: boolean;
}

/** What a table or query gives, without running anything: as `plan` shows it. */
export function previewTable(subject: Subject, index: number): PlannedTable {
  const { rows } = subject.facts ?? {};
  const ranges = [{ label: 'all rows', detail: { table: index } }];
  const plan = planOf(subject, { fields: subject.fields, rows, ranges });
  return { plan, result: undefined, isPartial: false };
}

/** Runs a statement, and cuts its rows into ranges. @throws source.*, request.invalid */
export async function planTable(
  subject: Subject,
  {
    service,
    index,
    road,
    rows,
    isPartial,
  }: {
    readonly service: SnowflakeService;
    readonly index: number;
    readonly road: Road;
    readonly rows: WantedRows<string>;
    readonly isPartial: boolean;
  },
): Promise<PlannedTable> {
  const result = await service.run(subject.statement, road);
  assertDescribed(subject, result.fields);
  const mostRanges = subject.ordered || subject.request.limit !== undefined ? 1 : undefined;
  const ranges = rangesOf(result, { table: index, limit: subject.request.limit, mostRanges });
  return {
    plan: planOf(subject, { fields: result.fields, rows: result.rows, ranges, wanted: rows }),
    result,
    isPartial,
  };
}

/** Has the rows of a statement written as files. @throws source.*, request.invalid */
export async function unloadTable(
  subject: Subject,
  {
    service,
    index,
    rows: wanted,
    isPartial,
    unloading,
  }: {
    readonly service: SnowflakeService;
    readonly index: number;
    readonly rows: WantedRows<string>;
    readonly isPartial: boolean;
    readonly unloading: Unloading;
  },
): Promise<PlannedTable> {
  const { fields, request } = subject;
  const ranges = [{ label: 'all rows', detail: { table: index } }];
  const plan = planOf(subject, { fields, rows: undefined, ranges, wanted });
  const { columns, texts, list } = unloadedColumns(plan.columns, fields);
  const folder = String(index);
  unloading.begins?.(plan.name);
  const sql = unloadStatement(subject, list, { ...unloading, folder });
  const { id, rows } = await service.unload(sql, `unload ${request.name}`).catch((thrown: unknown) => {
    throw aboutBucket(thrown);
  });
  const unloaded = { folder, rows, texts, statement: id };
  return { plan: { ...plan, columns }, result: undefined, isPartial, unloaded };
}

/** @throws source.changed */
function assertDescribed({ request: { name }, fields }: Subject, given: readonly SnowflakeField[]): void {
  if (isSame(fields, given)) return;
  const [now, before] = [given, fields].map((all) => all.map((field) => `${field.name} ${typeText(field)}`).join(', '));
  throw new TidemarkError('source.changed', `${name} has the columns ${now} now, and had ${before}`, {
    hint: 'It was changed while it was planned. Nothing is published; run again.',
  });
}

const mostRanges = 64;

/** Parts that follow each other make a range; how many ranges there are depends on the result alone. */
function rangesOf(
  stored: StoredResult,
  {
    table,
    limit,
    mostRanges: most = mostRanges,
  }: { readonly table: number; readonly limit: number | undefined; readonly mostRanges: number | undefined },
): readonly Range[] {
  const { result, parts } = storedParts(stored, table);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const each = Math.max(bytesOfRange, total / most);
  const ranges: PlannedPart[][] = [[]];
  let bytes = 0;
  for (const part of parts.filter((one) => one.rows > 0)) {
    if (bytes >= each * ranges.length && ranges.length < most) ranges.push([]);
    ranges.at(-1)!.push(part);
    bytes += part.bytes;
  }
  let first = 1;
  return ranges.map((some): Range => {
    const count = some.reduce((sum, part) => sum + part.rows, 0);
    const label = stored.rows === 0 ? 'no rows' : `rows ${first}–${first + count - 1}`;
    first += count;
    const detail: RangeDetail = { table, of: { result, parts: some }, limit };
    return { label, detail };
  });
}

interface Planned {
  readonly fields: readonly SnowflakeField[];
  readonly rows: number | undefined;
  readonly ranges: readonly Range[];
  readonly wanted?: WantedRows<string>;
}

function planOf(subject: Subject, { fields, rows, ranges, wanted }: Planned): TablePlan {
  const { request: asked, name, facts, statement } = subject;
  return {
    name: asked.name,
    table: name && textOf(name),
    query: asked.query,
    statement: statement.sql,
    columns: columnsOf(fields, { request: asked, secrets: secretsOf(subject), overlapName: subject.overlapName }),
    ranges,
    ...(wanted?.inOneStatement && { sameFiles: true }),
    ...(wanted?.seenRows !== undefined && { seenRows: wanted.seenRows }),
    estimatedRows: rows === undefined ? undefined : Math.min(rows, asked.limit ?? Infinity),
    sourceBytes: facts?.bytes,
    ...(facts?.rows && facts.bytes && { rowBytes: facts.bytes / facts.rows }),
  };
}

/** All rows of a table of which some are read, with some of their columns alone. @param indices of the columns */
export function wholeTable(plan: TablePlan, indices: readonly number[], { all }: Pick<Subject, 'all'>): TablePlan {
  const columns = indices.map((index) => plan.columns[index]!);
  const names = columns.map(({ name }) => quotedName(name)).join(', ');
  const { sql } = all.statement(() => 'NULL');
  const { table } = plan.ranges[0]!.detail as RangeDetail;
  const detail: RangeDetail = { table, of: { sql: `SELECT ${names} FROM ${sql}` }, limit: undefined };
  return { ...plan, columns, ranges: [{ label: 'all rows', detail }] };
}
