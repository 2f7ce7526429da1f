import type { Range, TableSample } from '../../../core/source.js';
import { formatCount } from '../../../core/units.js';
import type { MysqlConnection } from '../connection/connection.js';
import { keyAfter, type RangeDetail, type ReadStatement } from '../sql/statement.js';
import type { TableColumn } from './catalog.js';

/** What a range should take, reckoned by declared types. */
const rangeBytes = 64 * 1024 * 1024;
const fewestRows = 65_536;
const mostRows = 1_048_576;
/** A range can be read in so many statements, and a sample is one of them. */
const stepsOfRange = 16;
/** What a column of text or bytes is taken for at most. */
const longestText = 64;

/** Bytes of a value by its declared type: a guess that no statistics of the server move. */
function declaredBytes({ dataType, columnType }: TableColumn): number {
  const length = Number(/\((\d+)/.exec(columnType)?.[1] ?? longestText);
  if (/char|binary|text|blob|json|enum|set|geometry/.test(dataType)) return Math.min(length, longestText);
  return dataType === 'decimal' ? Math.ceil(length / 2) : 8;
}

/** How large ranges are. */
export interface RangeSize {
  readonly rows: number;
  /** What a row takes, by its declared types. */
  readonly rowBytes: number;
}

/** A power of two of rows, which depends on the columns' declared types alone. */
export function sizeOfRanges(columns: readonly TableColumn[]): RangeSize {
  const rowBytes = columns.reduce((sum, column) => sum + declaredBytes(column), 1);
  const rows = 2 ** Math.floor(Math.log2(rangeBytes / rowBytes));
  return { rows: Math.min(mostRows, Math.max(fewestRows, rows)), rowBytes };
}

/** A table's ranges: cut at every so-many-th key, so that they are the same whenever the table holds the same. */
export interface Cuts {
  readonly ranges: readonly Range[];
  readonly sample?: TableSample;
}

/** Finds the keys by one pass over the index, in the moment of the session. */
export async function cutByKey(
  connection: MysqlConnection,
  statement: ReadStatement,
  { table, size, signal }: { readonly table: number; readonly size: RangeSize; readonly signal: AbortSignal },
): Promise<Cuts> {
  const step = size.rows / stepsOfRange;
  const steps: (readonly string[])[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { sql, values } = keyAfter(statement, steps.at(-1), step);
    const [found] = await connection.execute<Record<string, string>>(sql, values, {
      doing: 'looking for the ends of ranges',
    });
    if (found === undefined) break;
    steps.push(statement.key.map((_, index) => found[`k${index}`]!));
  }
  return rangesBetween(steps, table, size);
}

function rangesBetween(steps: readonly (readonly string[])[], table: number, { rows, rowBytes }: RangeSize): Cuts {
  const count = Math.max(1, Math.ceil(steps.length / stepsOfRange));
  const ranges = Array.from({ length: count }, (_, index): Range => {
    const inside = steps.slice(index * stepsOfRange, (index + 1) * stepsOfRange);
    const after = steps[index * stepsOfRange - 1];
    const isLast = index === count - 1;
    const detail: RangeDetail = {
      table,
      ...(after && { after }),
      ...(!isLast && { upTo: inside.at(-1)! }),
      steps: isLast ? inside : inside.slice(0, -1),
    };
    const label =
      count === 1
        ? 'all rows'
        : isLast
          ? `rows ${formatCount(index * rows + 1)}–`
          : `rows ${formatCount(index * rows + 1)}–${formatCount((index + 1) * rows)}`;
    return { label, detail, bytes: rows * rowBytes };
  });
  if (count === 1) return { ranges: [{ ...ranges[0]!, label: 'all rows' }] };
  const sampled = [0, Math.floor(steps.length / 2)].map((at): Range => {
    const after = steps[at - 1];
    return { label: 'sample', detail: { table, ...(after && { after }), upTo: steps[at]! } satisfies RangeDetail };
  });
  return { ranges, sample: { ranges: sampled, bytes: (rows / stepsOfRange) * rowBytes * sampled.length } };
}
