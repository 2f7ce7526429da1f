import type { DistinctValues } from '../../../core/arrow/dictionary.js';
import type { Dictionary } from '../encode/dictionary.js';
import type { Scratch } from '../encode/scratch.js';
import type { LeafColumn } from './leaf-column.js';

/** With more values for each distinct one than this, it is quicker to look at the distinct ones alone. */
const fewest = 4;

/** Keeps what dictionaries say of a row group's rows, until the next row group. */
export class DistinctInChunks {
  /** By column. */
  readonly found: (DistinctValues | undefined)[] = [];
  private readonly codes: Int32Array[] = [];

  constructor(private readonly scratch: Scratch) {}

  /**
   * Call it right after a chunk was written.
   * @param column undefined: it is not a column of its own, but a part of one
   */
  take(index: number, column: LeafColumn | undefined, dictionary: Dictionary | undefined): void {
    this.found[index] =
      column && dictionary && isWorthIt(column, dictionary) ? this.distinct(index, column, dictionary) : undefined;
  }

  private distinct(index: number, column: LeafColumn, { values, first, codes }: Dictionary): DistinctValues {
    const { rows, levels } = column;
    const kept = this.codesOf(index, rows);
    const firstRows = first.slice(0, values.count);
    if (levels.form === 'present') kept.set(codes.subarray(0, rows));
    else {
      // Where values that are not NULL stand; see shred.ts.
      const present = this.scratch.int32('present', rows);
      kept.fill(-1);
      for (let i = 0; i < column.values.count; i++) kept[present[i]!] = codes[i]!;
      for (let i = 0; i < firstRows.length; i++) firstRows[i] = present[firstRows[i]!]!;
    }
    return { rows: firstRows, codes: kept };
  }

  private codesOf(index: number, rows: number): Int32Array {
    const kept = this.codes[index];
    if (kept && kept.length >= rows) return kept.subarray(0, rows);
    return (this.codes[index] = new Int32Array(rows));
  }
}

/** Milliseconds of dates are lost in the file: what is equal there may differ here. */
function isWorthIt({ leaf, values }: LeafColumn, dictionary: Dictionary): boolean {
  return dictionary.values.count * fewest <= values.count && leaf.gathering !== 'days';
}
