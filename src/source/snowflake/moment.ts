import { invalidRequest } from '../../core/errors.js';
import type { SourceRequest } from '../../core/source-request.js';
import type { SnowflakeService } from './connection/service.js';
import { textLiteral } from './connection/table-name.js';

/** A moment of tables: a time in microseconds since 1970, or that after a statement, by its id. */
export type Moment = bigint | { readonly statement: string };

/**
 * The moment of a run: the one that is asked for, or the last millisecond that is over. The service tells times apart by milliseconds: what is
 * committed in the one that goes on would be seen by a statement that comes later, and not by an earlier one.
 * @throws request.invalid for a time that is yet to come
 */
export function runMoment(
  { asOf, asOfStatement: statement }: Pick<SourceRequest, 'asOf' | 'asOfStatement'>,
  { facts: { now } }: SnowflakeService,
): Moment {
  if (statement !== undefined) return { statement };
  if (asOf === undefined) return (now / 1000n - 1n) * 1000n;
  if (asOf <= now) return asOf;
  throw invalidRequest(
    `as-of: ${momentText(asOf)} is not yet`,
    `By the clock of the service it is ${momentText(now)}.`,
  );
}

/** A time for people: `2024-06-30 21:59:59.123+00`. @param micros since 1970 */
export const momentText = (micros: bigint): string => `${inUtc(micros)}+00`;

/** What a moment is told by. */
export const momentWord = (moment: Moment): 'TIMESTAMP' | 'STATEMENT' =>
  typeof moment === 'bigint' ? 'TIMESTAMP' : 'STATEMENT';

/** A moment as SQL writes it. */
export const momentLiteral = (moment: Moment): string =>
  typeof moment === 'bigint' ? `'${inUtc(moment)} +0000'::TIMESTAMP_TZ` : textLiteral(moment.statement);

/** What reads a table at a moment. */
export const atMoment = (moment: Moment): string => `(${momentWord(moment)} => ${momentLiteral(moment)})`;

/** Without its zone; the service tells moments apart by milliseconds. */
function inUtc(moment: bigint): string {
  const seconds = new Date(Number(moment / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const micros = String(moment % 1_000_000n).padStart(6, '0');
  return `${seconds}.${micros.endsWith('000') ? micros.slice(0, 3) : micros}`;
}
