import type { ColumnStatistics } from '../../core/shard.js';
import { type Bounds, mergeBounds } from './bounds.js';
import type { RowGroupMeta } from './meta.js';
import type { ParquetSchema } from './schema.js';
import { boundText } from './value-text.js';

/**
 * Statistics of the top-level columns over row groups, as text for the manifest. Binary, JSON and nested columns have no
 * minimum and maximum there: their order means nothing to a reader.
 */
export function columnStatistics(schema: ParquetSchema, rowGroups: readonly RowGroupMeta[]): ColumnStatistics[] {
  return schema.columns.map((node, column) => {
    const nulls = rowGroups.reduce((sum, group) => sum + group.columnNulls[column], 0);
    const { leaf } = node;
    if (leaf === undefined) return { nulls };
    const index = schema.leaves.indexOf(leaf);
    const chunks = rowGroups.map((group) => group.chunks[index]).filter((chunk) => chunk.nulls < chunk.slots);
    const known = chunks.flatMap((chunk) => chunk.bounds ?? []);
    const float = leaf.order === 'f32' || leaf.order === 'f64';
    if (known.length < chunks.length && !float) return { nulls };
    const bounds: Bounds | undefined = mergeBounds(known, leaf.order);
    const min = bounds && boundText(bounds.min, leaf);
    const max = bounds && boundText(bounds.max, leaf);
    return min === undefined || max === undefined ? { nulls } : { nulls, min, max };
  });
}
