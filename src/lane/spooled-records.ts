import type { RangeReceipt } from './messages.js';
import type { Spool, SpooledTarget } from './spool.js';
import type { SpooledPiece } from './spool-source.js';
import {
  comingAgainTarget,
  entitiesTarget,
  keysTarget,
  knownTarget,
  rowKeysTarget,
  sketchesTarget,
  transactionsTarget,
} from './stage.js';

/** Where records are, which are no rows. */
export interface SpooledRecords extends SpooledPiece, Pick<SpooledTarget, 'bytes'> {
  /** What they have in common. */
  readonly key: string;
}

/** Records of entities, by what they have in common. */
export function spooledEntities(ranges: readonly RangeReceipt[]): readonly SpooledRecords[] {
  return ranges.flatMap(({ spool }) => recordsIn(spool, entitiesTarget));
}

/** Records of the keys of a table's rows that must not come twice, by the number of the rule, in the order of its ranges. */
export function spooledKeys(ranges: readonly RangeReceipt[], table: number): readonly SpooledRecords[] {
  return inOrder(ranges, table).flatMap(({ beside }) => recordsIn(beside, keysTarget));
}

/** Records of ids of transactions, of all tables. */
export function spooledTransactions(ranges: readonly RangeReceipt[]): readonly SpooledRecords[] {
  return ranges.flatMap(({ beside }) => recordsIn(beside, transactionsTarget));
}

/** Records of the keys of a table's rows, with the rows' hashes. */
export function spooledRowKeys(ranges: readonly RangeReceipt[], table: number): readonly SpooledRecords[] {
  return inOrder(ranges, table).flatMap(({ beside }) => recordsIn(beside, rowKeysTarget));
}

/** Records of how values of a table's rows lie. */
export function spooledSketches(ranges: readonly RangeReceipt[], table: number): readonly SpooledRecords[] {
  return inOrder(ranges, table).flatMap(({ beside }) => recordsIn(beside, sketchesTarget));
}

/** What was done for the ranges of a table, in their order. */
export function inOrder(ranges: readonly RangeReceipt[], table: number): readonly RangeReceipt[] {
  return ranges.filter((receipt) => receipt.table === table).sort((a, b) => a.range - b.range);
}

/** Records of a table's rows where versions overlap: those that may come again, and those that an earlier version has. */
export function spooledOverlap(
  ranges: readonly RangeReceipt[],
  table: number,
): { readonly comingAgain: readonly SpooledRecords[]; readonly known: readonly SpooledRecords[] } {
  const of = (target: string): SpooledRecords[] =>
    inOrder(ranges, table).flatMap(({ beside }) => recordsIn(beside, target));
  return { comingAgain: of(comingAgainTarget), known: of(knownTarget) };
}

function recordsIn(spool: Spool | undefined, prefix: string): SpooledRecords[] {
  if (spool === undefined) return [];
  const { name, index, targets } = spool;
  return targets
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, first, runs, bytes }) => ({ name, index, first, runs, bytes, key: key.slice(prefix.length) }));
}
