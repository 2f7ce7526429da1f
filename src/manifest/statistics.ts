import type { Facts } from '../core/facts.js';
import { type ColumnStatistics, columnStatistics } from '../core/statistics.js';
import { arrowSchema, type Column } from '../core/types.js';
import type { NamedStatistics } from './shape.js';

/** What the facts of a table's or a shard's rows say, as far as it may stand in the manifest. */
export function namedStatistics(
  columns: readonly Column[],
  facts: Facts,
  secrets: readonly string[],
): NamedStatistics[] {
  const { fields } = arrowSchema(columns);
  return columns.map((column, index) =>
    publishable(column, columnStatistics(facts.columns[index]!, fields[index]!), secrets),
  );
}

/**
 * Statistics as they may stand in the manifest: no bounds of redacted columns, none that give a secret away. Nor of what is
 * kept as text although it is none: as texts, "99999.90" is larger than "111000.00", which nobody would take for a range.
 */
function publishable(column: Column, statistics: ColumnStatistics, secrets: readonly string[]): NamedStatistics {
  const { nulls, min, max } = statistics;
  const disordered = column.type.kind === 'text' && column.exactness !== 'exact';
  const hidden =
    column.redacted || disordered || [min, max].some((bound) => secrets.some((secret) => reveals(bound, secret)));
  return {
    name: column.name,
    nulls,
    ...(min === undefined || hidden ? {} : { min }),
    ...(max === undefined || hidden ? {} : { max }),
  };
}

/** Below this length a text is too likely to be part of another by chance: only the whole value counts. */
const tellingLength = 6;

function reveals(bound: string | undefined, secret: string): boolean {
  if (bound === undefined || secret === '') return false;
  if (bound === secret) return true;
  if (secret.length >= tellingLength && bound.includes(secret)) return true;
  return bound.length >= tellingLength && secret.startsWith(bound);
}
