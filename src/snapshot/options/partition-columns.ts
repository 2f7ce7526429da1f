import { optionName, quotedName } from '../../core/option-name.js';
import { type Partitioning, type PartitionUnit, partitionUnits } from '../../partition/partitioning.js';
import * as kind from './kinds.js';
import { nameOf } from './names.js';

type PartitionColumn = Partitioning['by'][number];

const withUnit = new RegExp(`^(.+):(${partitionUnits.join('|')})$`, 's');

/** Names of columns, of dates and timestamps also with a unit: `created_at:month`; `"a:month"` is a column of that name. */
export const partitionColumns = kind.items.transform((items) => items.map(partitionColumn));

function partitionColumn(item: string): PartitionColumn {
  const name = nameOf(item);
  if (name !== item) return { column: name };
  const [, column, unit] = withUnit.exec(item) ?? [];
  if (column !== undefined) return { column: nameOf(column), unit: unit as PartitionUnit };
  return { column: name };
}

/** As {@link partitionColumns} reads it. */
export function partitionText({ column, unit }: PartitionColumn): string {
  if (unit !== undefined) return `${optionName(column)}:${unit}`;
  return withUnit.test(column) ? quotedName(column) : optionName(column);
}
