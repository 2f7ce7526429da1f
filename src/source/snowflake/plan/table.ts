import type { Range, TablePlan } from '../../../core/source.js';
import type { WantedRows } from '../../../core/windows.js';
import { isSame, type SnowflakeField, typeText } from '../connection/field.js';
import { TidemarkError } from '../../../core/errors.js';
import type { StoredResult } from '../connection/result.js';
import type { Road, SnowflakeService } from '../connection/service.js';
import { textOf } from '../connection/table-name.js';
import type { PlannedPart, RangeDetail } from '../read/ticket.js';
import { columnsOf } from './columns.js';
import { secretsOf, type Subject } from './subject.js';

export interface PlannedTable {
  readonly plan: TablePlan;
  /** Undefined: nothing was run. */
  readonly result: StoredResult | undefined;
}

/** What a table or query gives, without running anything: as `plan` shows it. */
export function previewTable(subject: Subject, index: number): PlannedTable {
  const detail: RangeDetail = { table: index, parts: [], limit: subject.request.limit };
  const { rows } = subject.facts ?? {};
  const plan = planOf(subject, { fields: subject.fields, rows, ranges: [{ label: 'all rows', detail }] });
  return { plan, result: undefined };
}

/** Runs a statement, and cuts its rows into ranges. @throws source.*, request.invalid */
export async function planTable(
  subject: Subject,
  {
    service,
    index,
    road,
    rows,
  }: {
    readonly service: SnowflakeService;
    readonly index: number;
    readonly road: Road;
    readonly rows: WantedRows<string>;
  },
): Promise<PlannedTable> {
  const result = await service.run(subject.statement, road);
  assertDescribed(subject, result.fields);
  const mostRanges = subject.ordered || subject.request.limit !== undefined ? 1 : undefined;
  const ranges = rangesOf(result, { table: index, limit: subject.request.limit, mostRanges });
  return { plan: planOf(subject, { fields: result.fields, rows: result.rows, ranges, wanted: rows }), result };
}

/** @throws source.changed */
function assertDescribed({ request: { name }, fields }: Subject, given: readonly SnowflakeField[]): void {
  if (isSame(fields, given)) return;
  const [now, before] = [given, fields].map((all) => all.map((field) => `${field.name} ${typeText(field)}`).join(', '));
  throw new TidemarkError('source.changed', `${name} has the columns ${now} now, and had ${before}`, {
    hint: 'It was changed while it was planned. Nothing is published; run again.',
  });
}

/** A range for so many bytes of a result, in JSON. */
const bytesOfRange = 64 * 1024 * 1024;
const mostRanges = 64;

/** Parts that follow each other make a range; how many ranges there are depends on the result alone. */
function rangesOf(
  { parts, rows }: StoredResult,
  {
    table,
    limit,
    mostRanges: most = mostRanges,
  }: { readonly table: number; readonly limit: number | undefined; readonly mostRanges: number | undefined },
): readonly Range[] {
  const planned = parts.map(({ rows: count, bytes }, part): PlannedPart => ({ part, rows: count, bytes }));
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const each = Math.max(bytesOfRange, total / most);
  const ranges: PlannedPart[][] = [[]];
  let bytes = 0;
  for (const part of planned.filter((one) => one.rows > 0)) {
    if (bytes >= each * ranges.length && ranges.length < most) ranges.push([]);
    ranges.at(-1)!.push(part);
    bytes += part.bytes;
  }
  let first = 1;
  return ranges.map((some): Range => {
    const count = some.reduce((sum, part) => sum + part.rows, 0);
    const label = rows === 0 ? 'no rows' : `rows ${first}–${first + count - 1}`;
    first += count;
    const detail: RangeDetail = { table, parts: some, limit };
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
