import type { Data } from 'apache-arrow';
import { type Bitmap, positionsOfSet, validity } from '../../../core/arrow/bitmap.js';
import { type LeafColumn, unexpectedNull } from './leaf-column.js';
import { gatherValues } from './gather.js';
import { shredNested } from './nested.js';
import { plainData } from '../../../core/arrow/plain-data.js';
import type { Leaf, SchemaNode } from '../schema/schema.js';
import type { Scratch } from '../encode/scratch.js';

/**
 * Takes one top-level column apart into its leaves. Each leaf is handed to `take` as soon as it is there, because its
 * arrays are used again for the next one.
 */
export function shred(node: SchemaNode, data: Data, scratch: Scratch, take: (column: LeafColumn) => void): void {
  const plain = plainData(data);
  if (node.leaf === undefined) shredNested(node, plain, scratch, take);
  else take(flatColumn(node.leaf, plain, scratch));
}

function flatColumn(leaf: Leaf, data: Data, scratch: Scratch): LeafColumn {
  const rows = data.length;
  const present = validity(data);
  const base = { leaf, rows, slots: rows };
  if (leaf.gathering === 'null') {
    const none: Bitmap = { bits: new Uint8Array((rows + 7) >> 3), offset: 0 };
    return {
      ...base,
      levels: { form: 'bitmap', present: none },
      values: gatherValues(data, leaf, { at: undefined, count: 0 }, scratch),
    };
  }
  if (present === undefined) {
    return {
      ...base,
      levels: { form: 'present' },
      values: gatherValues(data, leaf, { at: undefined, count: rows }, scratch),
    };
  }
  if (leaf.maxDefinition === 0) throw unexpectedNull(leaf.path.join('.'));
  const at = scratch.int32('present', rows);
  const count = positionsOfSet(present, rows, at);
  return { ...base, levels: { form: 'bitmap', present }, values: gatherValues(data, leaf, { at, count }, scratch) };
}
