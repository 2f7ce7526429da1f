import type { RecordBatch } from 'apache-arrow';
import type { TablePlan } from '../../../core/source.js';

/** Takes rows. @param bytes that came from the service for them @returns whether more are wanted */
export type TakeRows = (batch: RecordBatch, bytes: number) => Promise<boolean>;

/** A way that rows take from the service, of a lane of its own. @typeParam Piece what it reads at a time */
export interface ReadRows<Piece> {
  /**
   * Reads a piece to its end, as the plan's columns; what was taken is not read again.
   * @param only the plan's columns by their places in what is read; undefined: they are at their own
   * @returns how many rows were taken
   * @throws what the service says, what `take` throws, the signal's reason
   */
  read(
    piece: Piece,
    columns: { readonly plan: TablePlan; readonly only: readonly number[] | undefined },
    take: TakeRows,
  ): Promise<number>;
  close(): void;
}
