import type { TransactionHorizon } from '../../../core/horizon.js';
import { boundsOf } from '../../../core/id-ranges.js';
import { quoteConstant } from '../../postgres-protocol/quote.js';

/** A moment by the ids of transactions. */
export interface Moment {
  readonly xmin: bigint;
  readonly xmax: bigint;
}

/** Ids below are the server's own, of rows that were always there. `FirstNormalTransactionId` */
const firstNormal = 3n;
const idsOfEpoch = 2n ** 32n;
/** `age()` tells ids apart that are no further away than 2^31; half of that leaves room for what comes while the run lasts. */
const farthestAge = 2n ** 30n;

/** `pg_snapshot` as text: `xmin:xmax:ids`. */
export function momentOf(snapshot: string): Moment {
  const [xmin, xmax] = snapshot.split(':');
  return { xmin: BigInt(xmin!), xmax: BigInt(xmax!) };
}

/** Whether ids of 32 bits may be those of rows that were written before the last 2^32 transactions. */
export function hasWrapped({ xmax }: Moment): boolean {
  return xmax > idsOfEpoch;
}

const raw = 't.xmin::pg_catalog.text::pg_catalog.int8';

/**
 * A row's id of 64 bits. Rows have the lower half alone: the upper one follows from the moment, since no row that is seen was
 * written after it. There is no cast from `xid` to `xid8`.
 */
function wholeId({ xmax }: Moment): string {
  const epoch = (xmax / idsOfEpoch) * idsOfEpoch;
  if (epoch === 0n) return raw;
  const below = `${raw} OPERATOR(pg_catalog.<) ${xmax - epoch}`;
  return `(${raw} OPERATOR(pg_catalog.+) CASE WHEN ${below} THEN ${epoch} ELSE ${epoch - idsOfEpoch} END)`;
}

/** Whether a row's id is not below another one, as far as that can be told at once; a condition before the exact one. */
function notOlder(least: bigint, { xmax }: Moment): string[] {
  if (xmax - least >= farthestAge) return [];
  const id = `'${least % idsOfEpoch}'::pg_catalog.xid`;
  return [`pg_catalog.age(t.xmin) OPERATOR(pg_catalog.<=) (SELECT pg_catalog.age(${id}))`];
}

function fromOn(least: bigint, now: Moment): string[] {
  return [
    ...notOlder(least, now),
    `${raw} OPERATOR(pg_catalog.>=) ${firstNormal}`,
    `${wholeId(now)} OPERATOR(pg_catalog.>=) ${least}`,
  ];
}

/**
 * The condition for rows `t` that a moment could not see: written by a transaction that had not begun, or had not ended and is
 * not among those of rows that were seen. Whether a row is seen belongs to its transaction alone, so it holds for
 * subtransactions and prepared ones too, and on a standby, whose snapshots list no running transactions.
 */
export function unseenBy(
  { xmin, xmax, seen }: Pick<TransactionHorizon, 'xmin' | 'xmax' | 'seen'>,
  now: Moment,
): string {
  const conditions = fromOn(BigInt(xmin), now);
  if (seen.length > 0) {
    const ranges = seen.map((range) => `[${boundsOf(range).join(',')}]`).join(',');
    const among = `${quoteConstant(`{${ranges}}`)}::pg_catalog.int8multirange OPERATOR(pg_catalog.@>) ${wholeId(now)}`;
    conditions.push(`(${wholeId(now)} OPERATOR(pg_catalog.>=) ${xmax} OR NOT ${among})`);
  }
  return conditions.join(' AND ');
}

/** A row's id where it is not below the moment's `xmin`, otherwise 0: what a later run must know of rows that are seen. */
export function idUnlessOld(now: Moment): string {
  return `CASE WHEN ${fromOn(now.xmin, now).join(' AND ')} THEN ${wholeId(now)} ELSE 0 END`;
}
