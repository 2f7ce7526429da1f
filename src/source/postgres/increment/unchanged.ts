import { ownValue } from '../../../core/own-value.js';
import { type Around, newByTransactions, type Transactions } from './by-transactions.js';
import { hasWrapped } from './row-test.js';

/**
 * Whether tables hold the rows of an earlier moment and no others: none that it could not see, and as many. No row is sent.
 * Undefined: they do not, or it cannot be told.
 */
export async function isUnchanged(around: Around, transactions: Transactions): Promise<true | undefined> {
  const { connection, request, held } = around;
  const { sameAs } = request;
  if (sameAs === undefined || hasWrapped(transactions.now)) return undefined;
  const found = await newByTransactions(around, transactions, sameAs.horizon.transactions);
  if ('unable' in found || found.wholly.some((leaves) => leaves.length > 0)) return undefined;
  for (const subject of held.requested.subjects) {
    if (!('relation' in subject)) return undefined;
    const [row] = await connection.query<{ rows: string; unseen: string }>(
      `SELECT pg_catalog.count(*)::pg_catalog.text AS rows,
              pg_catalog.count(*) FILTER (WHERE ${found.unseen})::pg_catalog.text AS unseen
         FROM ${subject.relation.sql} AS t`,
      [],
      { doing: 'looking whether rows are new' },
    );
    const before = ownValue(sameAs.rows, subject.request.name);
    if (Number(row!.rows) !== before || Number(row!.unseen) > 0) return undefined;
  }
  return true;
}
