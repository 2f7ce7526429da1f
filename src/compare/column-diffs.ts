import type { Field } from 'apache-arrow';
import type { ColumnFacts } from '../core/facts.js';
import { isOrdered } from '../core/sketch/batch-sketch.js';
import { type ColumnSketch, columnSketches } from '../core/sketch/column-sketch.js';
import { stabilityIndex } from '../core/sketch/stability.js';
import { type ColumnStatistics, columnStatistics, isInOrder } from '../core/statistics.js';
import { arrowSchema, type Column, typeName } from '../core/types.js';
import { readSpool } from '../lane/spool.js';
import type { Both, ColumnDiff } from './diff-shape.js';
import type { VersionRows } from './read-versions.js';

/** A column of one side. */
interface ColumnOfSide {
  readonly statistics: ColumnStatistics;
  readonly sketch: ColumnSketch;
  readonly isOrdered: boolean;
}

/**
 * What is told of the columns of both sides. Of redacted ones only how many NULLs there are.
 * @param changed by column of the first side, rows of the same key with another value; undefined: there is no key
 */
export function columnDiffs(
  [from, to]: readonly [VersionRows, VersionRows],
  changed: readonly number[] | undefined,
): readonly ColumnDiff[] {
  const [before, after] = [columnsOf(from), columnsOf(to)];
  return from.columns.map(({ name, type, redacted }, index): ColumnDiff => {
    const [a, b] = [before.get(name)!, after.get(name)!];
    const both = <T>(of: (side: ColumnOfSide) => T): Both<T> => ({ from: of(a), to: of(b) });
    return {
      name,
      type: typeName(type),
      changed: changed && (changed[index] ?? 0),
      nulls: both(({ statistics }) => statistics.nulls),
      min: both(({ statistics }) => statistics.min),
      max: both(({ statistics }) => statistics.max),
      distinct: both(({ sketch }) => sketch.distinct),
      psi: redacted ? undefined : stabilityIndex(a.sketch.sample, b.sketch.sample, a.isOrdered && b.isOrdered),
    };
  });
}

/** Without bounds where they would be no range. */
function statisticsOf(facts: ColumnFacts, column: Column, field: Field): ColumnStatistics {
  return isInOrder(column) ? columnStatistics(facts, field) : { nulls: facts.nulls };
}

function columnsOf({ columns, facts, sketches, records }: VersionRows): ReadonlyMap<string, ColumnOfSide> {
  const { fields } = arrowSchema(columns);
  const pieces = function* (): Generator<Uint8Array> {
    for (const piece of sketches) for (const run of readSpool(records.room.scratch, piece, piece)) yield run.bytes;
  };
  const found = columnSketches(columns.length, pieces());
  return new Map(
    columns.map((column, index) => [
      column.name,
      {
        statistics: statisticsOf(facts.columns[index]!, column, fields[index]!),
        sketch: found[index]!,
        isOrdered: isOrdered(fields[index]!.type),
      },
    ]),
  );
}
