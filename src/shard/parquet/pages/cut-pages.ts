import { countSet } from '../../../core/arrow/bitmap.js';
import type { LeafColumn } from '../values/leaf-column.js';
import { plainSize } from '../values/values.js';

/** Which part of a column chunk a page holds: rows, slots (rows, or more inside lists) and values that are not NULL. */
export interface PageCut {
  readonly firstRow: number;
  readonly rows: number;
  readonly slotFrom: number;
  readonly slotTo: number;
  readonly valueFrom: number;
  readonly valueTo: number;
}

export interface PageLimits {
  readonly pageRows: number;
  readonly pageBytes: number;
}

/**
 * Cuts a column chunk into pages, always between rows. A page has at most `pageRows` rows, and so few that its bytes stay
 * within `pageBytes`; a single row may be larger. `codeWidth` is the bits of a code where there is a dictionary.
 */
export function cutPages(column: LeafColumn, codeWidth: number | undefined, limits: PageLimits): PageCut[] {
  const positions = column.levels.form === 'dremel' ? rowPositions(column, column.levels) : undefined;
  const cuts: PageCut[] = [];
  let firstRow = 0;
  let valueFrom = 0;
  while (firstRow < column.rows) {
    let rows = Math.min(limits.pageRows, column.rows - firstRow);
    let cut = makeCut(column, positions, { firstRow, rows, valueFrom });
    while (rows > 1 && bytesOf(column, cut, codeWidth) > limits.pageBytes) {
      rows >>= 1;
      cut = makeCut(column, positions, { firstRow, rows, valueFrom });
    }
    cuts.push(cut);
    firstRow += rows;
    valueFrom = cut.valueTo;
  }
  return cuts;
}

function bytesOf(column: LeafColumn, cut: PageCut, codeWidth: number | undefined): number {
  const levels = column.levels.form === 'dremel' ? cut.slotTo - cut.slotFrom : 0;
  if (codeWidth !== undefined) return levels + ((cut.valueTo - cut.valueFrom) * codeWidth) / 8;
  return levels + plainSize(column.values, cut.valueFrom, cut.valueTo);
}

/** At which slot each row begins, and how many values come before it; one more entry than rows. */
interface RowPositions {
  readonly slots: Int32Array;
  readonly values: Int32Array;
}

function rowPositions(column: LeafColumn, levels: Extract<LeafColumn['levels'], { form: 'dremel' }>): RowPositions {
  const slots = new Int32Array(column.rows + 1);
  const values = new Int32Array(column.rows + 1);
  const { definition, repetition } = levels;
  const { maxDefinition } = column.leaf;
  let row = 0;
  let value = 0;
  for (let slot = 0; slot < column.slots; slot++) {
    if (repetition === undefined || repetition[slot] === 0) {
      slots[row] = slot;
      values[row++] = value;
    }
    if (definition[slot] === maxDefinition) value++;
  }
  slots[row] = column.slots;
  values[row] = value;
  return { slots, values };
}

function makeCut(
  column: LeafColumn,
  positions: RowPositions | undefined,
  { firstRow, rows, valueFrom }: { readonly firstRow: number; readonly rows: number; readonly valueFrom: number },
): PageCut {
  const end = firstRow + rows;
  if (positions !== undefined) {
    const { slots, values } = positions;
    return { firstRow, rows, slotFrom: slots[firstRow]!, slotTo: slots[end]!, valueFrom, valueTo: values[end]! };
  }
  const { levels } = column;
  const valueTo = valueFrom + (levels.form === 'bitmap' ? countSet(levels.present, firstRow, rows) : rows);
  return { firstRow, rows, slotFrom: firstRow, slotTo: end, valueFrom, valueTo };
}
