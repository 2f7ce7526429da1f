import type { Range, TableSample } from '../../../core/source.js';
import { formatCount } from '../../../core/units.js';
import type { MysqlConnection } from '../connection/connection.js';
import { keyAfter, type RangeDetail, type ReadStatement } from '../sql/statement.js';
import { type RangeSizes, rowsOfRange } from './range-size.js';

/** A table's ranges: cut at every so-many-th key, so that they are the same whenever the table holds the same. */
export interface Cuts {
  readonly ranges: readonly Range[];
  readonly sample?: TableSample;
}

/** Finds the keys by one pass over the index, in the moment of the session. */
export async function cutByKey(
  connection: MysqlConnection,
  statement: ReadStatement,
  { table, sizes, signal }: { readonly table: number; readonly sizes: RangeSizes; readonly signal: AbortSignal },
): Promise<Cuts> {
  const steps: (readonly string[])[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { sql, values } = keyAfter(statement, steps.at(-1), sizes.step);
    const [found] = await connection.execute<Record<string, string>>(sql, values, {
      doing: 'looking for the ends of ranges',
    });
    if (found === undefined) break;
    steps.push(statement.key.map((_, index) => found[`k${index}`]!));
  }
  return rangesBetween(steps, table, sizes);
}

function rangesBetween(steps: readonly (readonly string[])[], table: number, sizes: RangeSizes): Cuts {
  const { step, rowBytes } = sizes;
  const rows = rowsOfRange(steps.length * step, sizes);
  const stepsOfRange = rows / step;
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
  if (count === 1) return { ranges };
  const sampled = [0, Math.floor(steps.length / 2)].map((at): Range => {
    const after = steps[at - 1];
    return { label: 'sample', detail: { table, ...(after && { after }), upTo: steps[at]! } satisfies RangeDetail };
  });
  return { ranges, sample: { ranges: sampled, bytes: step * rowBytes * sampled.length } };
}
