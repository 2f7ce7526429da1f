import type { RecordBatch } from 'apache-arrow';
import type { TablePlan } from '../../../core/source.js';

/** Takes rows. @param bytes that came from the service for them @param nulled misfits that became NULL, by column */
export type TakeRows = (batch: RecordBatch, bytes: number, nulled: readonly number[]) => Promise<void>;

/** What is wanted of rows. */
export interface WantedValues {
  readonly plan: TablePlan;
  /** The plan's columns by their places in what is read; undefined: they are at their own. */
  readonly only: readonly number[] | undefined;
  /** The most rows that are wanted. */
  readonly limit: number;
  readonly nullsMisfits: boolean;
}

/** A way that rows take from the service, of a lane of its own. @typeParam Piece what it reads at a time */
export interface ReadRows<Piece> {
  /**
   * Reads a piece to its end, as the plan's columns; what was taken is not read again.
   * @returns how many rows were taken
   * @throws what the service says, what `take` throws, the signal's reason
   */
  read(piece: Piece, wanted: WantedValues, take: TakeRows): Promise<number>;
  close(): void;
}
