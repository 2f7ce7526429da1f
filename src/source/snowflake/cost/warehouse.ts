/** A warehouse, as the service describes it. */
export interface Warehouse {
  readonly name: string;
  /** `X-Small`, … */
  readonly size: string;
  /** It does not run, and is billed from when it does. */
  readonly isSuspended: boolean;
  /** Seconds that it goes on for after the last statement; undefined: until somebody suspends it. */
  readonly suspendsAfter: number | undefined;
  /** Undefined: what its kind costs is not known. */
  readonly creditsPerHour: number | undefined;
}

/** Credits an hour, by size, of warehouses of the standard kind (Snowflake's documentation, "Overview of warehouses"). */
const credits: Readonly<Record<string, number>> = {
  ...{ 'X-SMALL': 1, SMALL: 2, MEDIUM: 4, LARGE: 8, 'X-LARGE': 16 },
  ...{ '2X-LARGE': 32, '3X-LARGE': 64, '4X-LARGE': 128, '5X-LARGE': 256, '6X-LARGE': 512 },
};

/** A row of `SHOW WAREHOUSES`. */
export function warehouseOf(row: Readonly<Record<string, string | null>>): Warehouse {
  const size = row['size'] ?? '';
  const kind = row['type'] ?? 'STANDARD';
  const each = credits[size.toUpperCase()];
  const after = Number(row['auto_suspend'] || 0);
  return {
    name: row['name'] ?? '',
    size,
    isSuspended: row['state'] !== 'STARTED',
    suspendsAfter: after > 0 ? after : undefined,
    // Several clusters run where many statements wait, which this run does not make.
    creditsPerHour: kind === 'STANDARD' ? each : undefined,
  };
}

/** Seconds that are billed at least whenever a warehouse is started. */
const leastSeconds = 60;

/** Seconds that starting a warehouse is billed for, whatever runs in it: until it suspends itself again. */
export const startSeconds = ({ isSuspended, suspendsAfter = 0 }: Warehouse): number =>
  isSuspended ? Math.max(leastSeconds, suspendsAfter) : 0;

/** @param seconds of running */
export const creditsFor = (seconds: number, perHour: number): number => (seconds / 3600) * perHour;

/** For people: `0.0167`. */
export const creditsText = (amount: number): string =>
  amount >= 1 ? amount.toFixed(2).replace(/\.?0+$/, '') : String(Number(amount.toPrecision(3)));
