import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { systemClock } from '../../../core/clock.js';
import { withPatience } from '../../../core/retry.js';
import { isBusy, passes } from './errors.js';
import { loadSdk } from './peers.js';

/** Milliseconds. A service that is busy is waited for; one that is not there is rather a name that is wrong. */
const patience = { lasts: 60_000, firstPause: 300, longestPause: 2_000, renewals: 0, clock: systemClock };
const reachedWithin = 8_000;
const answeredWithin = 30_000;

/**
 * Logs in by the vendor's client, which would try for minutes by itself, whoever stops it.
 * @param options are asked for each time: a token in a file may be another one by then
 * @throws what the vendor's client says; the signal's reason
 */
export async function logIn(options: () => ConnectionOptions, signal: AbortSignal): Promise<Connection> {
  const sdk = await loadSdk();
  const end = systemClock.now() + reachedWithin;
  return withPatience(
    () => connected(sdk.createConnection({ ...options(), sfRetryMaxLoginRetries: 0 } as ConnectionOptions), signal),
    { ...patience, signal },
    { passes: (error) => isBusy(error) || (passes(error) && systemClock.now() < end) },
  );
}

function connected(connection: Connection, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let isOver = false;
    const end = (how: () => void): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      how();
    };
    const stop = (): void => end(() => reject(signal.reason as Error));
    const late = (): void => end(() => reject(silent()));
    const timer = setTimeout(late, answeredWithin).unref();
    signal.addEventListener('abort', stop, { once: true });
    // The form that promises something does not tell of a login that is refused.
    connection.connect((error) => {
      // Nobody asks by a session that comes too late.
      if (isOver) connection.destroy(() => undefined);
      else end(() => (error ? reject(error) : resolve(connection)));
    });
  });
}

const silent = (): Error =>
  Object.assign(new Error(`nothing came for ${answeredWithin / 1000} s`), { code: 'ETIMEDOUT' });
