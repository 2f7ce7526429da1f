import type { CanonicalText } from './canonical.js';

export interface ReadColumn {
  readonly name: string;
  /** The type as the reader calls it. */
  readonly type: string;
  readonly values: readonly CanonicalText[];
}

/** A Parquet reader that is not ours. */
export interface Reader {
  readonly name: string;
  /** Why it cannot be used on this machine; undefined where it can. */
  unavailable(): Promise<string | undefined>;
  /** All columns of a file in their order. Throws what the reader throws. */
  read(file: string): Promise<readonly ReadColumn[]>;
}

/** `n checks skipped: reason`, where people see it: a reader that is missing must not look like one that agrees. */
export function reportSkipped(reader: Reader, checks: number, reason: string): void {
  console.warn(`readers: ${reader.name}: ${checks} checks skipped: ${reason}`);
}
