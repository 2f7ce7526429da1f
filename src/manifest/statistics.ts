import { hashSumText } from '../core/digest/sums.js';
import type { Facts } from '../core/facts.js';
import { reveals } from '../core/secret.js';
import { type ColumnStatistics, columnStatistics, isInOrder } from '../core/statistics.js';
import { arrowSchema, type Column } from '../core/types.js';
import type { ManifestColumnFacts, ManifestShard } from './shape.js';

/** Facts of a table's or a shard's rows, as far as they may stand in the manifest. */
export function tellableFacts(
  columns: readonly Column[],
  facts: Facts,
  secrets: readonly string[],
): ManifestShard['facts'] {
  const { fields } = arrowSchema(columns);
  const told = columns.map((column, index) => {
    const { nulled, extreme } = facts.columns[index]!;
    const { nulls, ...bounds } = columnStatistics(facts.columns[index]!, fields[index]!);
    return {
      nulls,
      ...(nulled > 0 && { nulled }),
      ...(extreme > 0 && { extreme }),
      ...tellableBounds(column, bounds, secrets),
    };
  });
  return { rows: facts.rows, columns: told };
}

/** The sums that digests are made of; of a redacted column none, since of few values it could be guessed what they are. */
export function tellableSums(
  columns: readonly Column[],
  told: ManifestShard['facts'],
  { sums }: Pick<Facts, 'sums'>,
): ManifestShard['facts'] {
  if (sums === undefined) return told;
  return {
    rows: told.rows,
    sum: hashSumText(sums.rows),
    columns: told.columns.map((facts, index) =>
      columns[index]!.redacted ? facts : { ...facts, sum: hashSumText(sums.columns[index]!) },
    ),
  };
}

/**
 * No bounds of redacted columns, none that give a secret away. Nor of what is kept as text although it is none: as texts,
 * "99999.90" is larger than "111000.00", which nobody would take for a range.
 */
function tellableBounds(
  column: Column,
  { min, max }: Omit<ColumnStatistics, 'nulls'>,
  secrets: readonly string[],
): Pick<ManifestColumnFacts, 'min' | 'max'> {
  if (column.redacted || !isInOrder(column) || min === undefined || max === undefined) return {};
  return [min, max].some((bound) => secrets.some((secret) => reveals(bound, secret))) ? {} : { min, max };
}
