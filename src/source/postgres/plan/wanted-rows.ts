import type { WindowEnds } from '../../../core/cursor-window.js';
import { type ColumnPlan, hiddenColumn } from './types.js';

/** Which rows of a table are wanted, and what besides is read of them. */
export interface WantedRows {
  /** Expression that gives the ids of transactions. */
  readonly ids: string | undefined;
  /** Expression that marks rows where versions overlap. */
  readonly overlap?: string | undefined;
  /** Condition; undefined: all rows. */
  readonly rowTest: string | undefined;
  /** They are few and an index may find them: no ranges of pages stand in its way. */
  readonly inOneStatement?: boolean;
  /** `seenRows` of the table's plan. */
  readonly seenRows?: string;
  /** For queries that say themselves where the ends of the window stand. */
  readonly ends?: WindowEnds;
}

/** What is read besides of rows, for a later run. */
export function hiddenColumns({ ids, overlap }: WantedRows, own: readonly ColumnPlan[]): ColumnPlan[] {
  const names = own.map(({ column }) => column.name);
  return [
    ...(ids === undefined ? [] : [hiddenColumn('transaction', ids, names)]),
    ...(overlap === undefined ? [] : [hiddenColumn('overlap', overlap, names)]),
  ];
}

/** The server never expects less than one row; what has no page has none. How many rows are new it does not know. */
export function expectedRows(
  guess: number,
  {
    isEmpty,
    rowTest,
    limit,
  }: { readonly isEmpty: boolean; readonly limit: number | undefined } & Pick<WantedRows, 'rowTest'>,
): number | undefined {
  if (isEmpty) return 0;
  if (rowTest !== undefined) return undefined;
  return limit === undefined ? guess : Math.min(guess, limit);
}
