import type { WorkSeconds } from '../core/work.js';
import type { Bottleneck } from '../snapshot/bottleneck.js';
import type { Plan } from '../snapshot/plan.js';

/**
 * How far rows go. `received`: they are taken from the connection and forgotten, which is as fast as the source and the way to it are;
 * `decoded`: columns are made of them; `encoded`: all that a snapshot does with them but storing its files.
 */
export type Reach = 'received' | 'decoded' | 'encoded';

/** What is measured. */
export interface Setting {
  readonly reach: Reach;
  readonly plan: Plan;
}

/** What was measured. */
export interface Measurement {
  readonly reach: Reach;
  /** Connections that read at the same time. */
  readonly lanes: number;
  readonly encodersPerLane: number;
  /** How rows came: `copy`, `cursor`, … */
  readonly via: string;
  /** Of files; undefined: none were made. */
  readonly compression: string | undefined;
  readonly rows: number;
  /** From the first rows that came to the last. */
  readonly seconds: number;
  /** All rows came before the time was over. */
  readonly isWhole: boolean;
  readonly rowsPerSecond: number;
  /** Bytes that came, and bytes of files. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Seconds for which the process had a core. */
  readonly cpuSeconds: number;
  /** The most resident memory of the process meanwhile, in bytes. */
  readonly peakMemory: number;
  /** What its threads spent time on. */
  readonly work: WorkSeconds;
  /** Undefined: no row came. */
  readonly bottleneck: Bottleneck | undefined;
}
