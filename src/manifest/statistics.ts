import type { ColumnStatistics } from '../core/shard.js';
import type { Column, LogicalType } from '../core/types.js';
import { textOrder } from './compare.js';
import type { NamedStatistics } from './shape.js';

/**
 * A column's statistics over several shards. A shard without bounds adds to the NULLs alone where all its values are NULL;
 * where it has values, but no bounds, nothing is known of the whole either.
 */
export function mergeStatistics(
  type: LogicalType,
  parts: readonly { readonly rows: number; readonly statistics: ColumnStatistics }[],
): ColumnStatistics {
  const nulls = parts.reduce((sum, part) => sum + part.statistics.nulls, 0);
  const withValues = parts.filter((part) => part.rows > part.statistics.nulls).map((part) => part.statistics);
  const order = textOrder(type);
  const min = extreme(
    withValues.map((part) => part.min),
    (a, b) => order(a, b) <= 0,
  );
  const max = extreme(
    withValues.map((part) => part.max),
    (a, b) => order(a, b) >= 0,
  );
  return { nulls, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function extreme(bounds: (string | undefined)[], wins: (a: string, b: string) => boolean): string | undefined {
  if (bounds.length === 0 || !bounds.every((bound) => bound !== undefined)) return undefined;
  return bounds.reduce((best, bound) => (wins(best, bound) ? best : bound));
}

/**
 * Statistics as they may stand in the manifest: no bounds of redacted columns, none that give a secret away. Nor of what is
 * kept as text although it is none: as texts, "99999.90" is larger than "111000.00", which nobody would take for a range.
 */
export function publishable(column: Column, statistics: ColumnStatistics, secrets: readonly string[]): NamedStatistics {
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
