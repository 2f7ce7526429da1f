import type { WallMoment } from '../core/moment.js';
import type { LogicalType } from '../core/logical-type.js';

const day = 86_400_000;

/** Milliseconds from a value of a date or timestamp to a moment; a date begins as the clock on the wall shows. */
export function ageOf(value: number | bigint, type: LogicalType, { instant, wallClock }: WallMoment): number {
  const now = type.kind === 'timestamp' && type.utc ? instant.getTime() : wallClock;
  if (type.kind === 'date') return now - Number(value) * day;
  return now - Number(value) / (type.kind === 'timestamp' && type.unit === 'ns' ? 1_000_000 : 1000);
}
