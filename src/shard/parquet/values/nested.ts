import type { Data, FixedSizeList } from 'apache-arrow';
import { type LeafColumn, unexpectedNull } from './leaf-column.js';
import { gatherValues } from './gather.js';
import { validity } from '../../../core/arrow/bitmap.js';
import { Repetition } from '../thrift/enumerations.js';
import type { SchemaNode } from '../schema/schema.js';
import type { Scratch } from '../encode/scratch.js';

/**
 * The slots of one node of the schema: for each its definition level so far, its repetition level (undefined outside
 * lists), and the position of its value in the node's Arrow data, or −1 where an ancestor is NULL or an empty list.
 */
interface Slots {
  readonly count: number;
  readonly definition: Int32Array;
  readonly repetition: Int32Array | undefined;
  readonly at: Int32Array;
}

interface Shredding {
  readonly rows: number;
  readonly column: string;
  readonly scratch: Scratch;
  readonly take: (column: LeafColumn) => void;
}

/** Takes a struct, list or map column apart, one leaf after the other: Dremel's levels from Arrow's offsets and validity. */
export function shredNested(node: SchemaNode, data: Data, scratch: Scratch, take: (column: LeafColumn) => void): void {
  const rows = data.length;
  const at = new Int32Array(rows);
  for (let row = 0; row < rows; row++) at[row] = row;
  const slots = { count: rows, definition: new Int32Array(rows), repetition: undefined, at };
  visit(node, data, slots, { rows, column: node.name, scratch, take });
}

function visit(node: SchemaNode, data: Data, above: Slots, run: Shredding): void {
  const slots = enterOptional(node, data, above, run);
  if (node.leaf !== undefined) emitLeaf(node, data, slots, run);
  else if (node.shape === 'struct') node.children.forEach((child, i) => visit(child, data.children[i]!, slots, run));
  else {
    const repeated = node.children[0]!;
    const inner = enterRepeated(repeated, slots, boundsOf(node, data));
    const entries = data.children[0]!;
    if (repeated.children.length === 1) visit(repeated.children[0]!, entries, inner, run);
    else repeated.children.forEach((child, i) => visit(child, entries.children[i]!, inner, run));
  }
}

/** Ends the slots whose value is NULL; the others reach the node's own definition level. */
function enterOptional(node: SchemaNode, data: Data, above: Slots, run: Shredding): Slots {
  const present =
    node.leaf?.gathering === 'null' ? { bits: new Uint8Array((data.length + 7) >> 3), offset: 0 } : validity(data);
  if (node.repetition !== Repetition.OPTIONAL && present === undefined) return above;
  const definition = above.definition.slice(0, above.count);
  if (present === undefined) {
    for (let i = 0; i < above.count; i++) if (above.at[i]! >= 0) definition[i] = node.definition;
    return { ...above, definition };
  }
  const { bits, offset } = present;
  const optional = node.repetition === Repetition.OPTIONAL;
  const at = above.at.slice(0, above.count);
  for (let i = 0; i < above.count; i++) {
    const position = at[i]!;
    if (position < 0) continue;
    const bit = offset + position;
    if ((bits[bit >> 3]! >> (bit & 7)) & 1) definition[i] = node.definition;
    else if (optional) at[i] = -1;
    else throw unexpectedNull(run.column);
  }
  return { ...above, definition, at };
}

interface ListBounds {
  /** List `i` holds elements `offsets[i]` to `offsets[i + 1]`, or, if undefined, `size` elements from `i × size`. */
  readonly offsets: Int32Array | undefined;
  readonly size: number;
}

function boundsOf(node: SchemaNode, data: Data): ListBounds {
  if (node.shape === 'fixed-list') return { offsets: undefined, size: (data.type as FixedSizeList).listSize };
  return { offsets: data.valueOffsets as Int32Array, size: 0 };
}

/** One slot per element; an empty list, like a NULL above, keeps one slot that goes no further. */
function enterRepeated(repeated: SchemaNode, above: Slots, { offsets, size }: ListBounds): Slots {
  let count = 0;
  for (let i = 0; i < above.count; i++) {
    const list = above.at[i]!;
    count += list < 0 ? 1 : Math.max(1, offsets === undefined ? size : offsets[list + 1]! - offsets[list]!);
  }
  const definition = new Int32Array(count);
  const repetition = new Int32Array(count);
  const at = new Int32Array(count);
  let slot = 0;
  for (let i = 0; i < above.count; i++) {
    const list = above.at[i]!;
    const from = list < 0 ? 0 : offsets === undefined ? list * size : offsets[list]!;
    const elements = list < 0 ? 0 : offsets === undefined ? size : offsets[list + 1]! - from;
    repetition[slot] = above.repetition === undefined ? 0 : above.repetition[i]!;
    if (elements === 0) {
      definition[slot] = above.definition[i]!;
      at[slot++] = -1;
      continue;
    }
    for (let k = 0; k < elements; k++, slot++) {
      if (k > 0) repetition[slot] = repeated.repetitionLevel;
      definition[slot] = repeated.definition;
      at[slot] = from + k;
    }
  }
  return { count, definition, repetition, at };
}

function emitLeaf(node: SchemaNode, data: Data, slots: Slots, run: Shredding): void {
  const leaf = node.leaf!;
  const at = run.scratch.int32('present', slots.count);
  let count = 0;
  for (let i = 0; i < slots.count; i++) if (slots.at[i]! >= 0) at[count++] = slots.at[i]!;
  const { definition, repetition } = slots;
  run.take({
    leaf,
    rows: run.rows,
    slots: slots.count,
    levels: { form: 'dremel', definition, repetition },
    values: gatherValues(data, leaf, { at, count }, run.scratch),
  });
}
