import { invalidRequest } from '../../core/errors.js';
import type { SourceRequest } from '../../core/source.js';
import type { SnowflakeService } from './connection/service.js';
import { momentText } from './plan/query-text.js';

/**
 * The moment of a run, in microseconds since 1970: the one that is asked for, or the last millisecond that is over. The service tells moments apart
 * by milliseconds: what is committed in the one that goes on would be seen by a statement that comes later, and not by an earlier one.
 * @throws request.invalid for one that is yet to come
 */
export function runMoment({ asOf }: Pick<SourceRequest, 'asOf'>, { facts: { now } }: SnowflakeService): bigint {
  if (asOf === undefined) return (now / 1000n - 1n) * 1000n;
  if (asOf <= now) return asOf;
  throw invalidRequest(
    `as-of: ${momentText(asOf)} is not yet`,
    `By the clock of the service it is ${momentText(now)}.`,
  );
}
