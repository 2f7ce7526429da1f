// Misbehaviour to come, and what was asked of the service so far.
import { Faults } from '../faults.mjs';

/**
 * Faults in their order: each for the next request whose method and path (with query) match, after `skip` such requests, for `times` of them (1 unless
 * told). `status` (with `message`, `retryAfter`), `code` (a refusal with that code, `message` and `sqlState` in a body of 200), `wait` (milliseconds),
 * `cut` (`before` or `after` the work is done), `cutAfter` (bytes of the body, then the connection breaks off), `slow` (milliseconds between the parts
 * of the body), `schema: 'other'` (the next execution has its first column as another type than its description said). Those that are told take the
 * place of earlier ones.
 */
const faults = new Faults();

export const setFaults = (next) => faults.set(next);

export const faultOfRequest = (method, path) =>
  faults.take(
    (one) => one.schema === undefined && (one.method ?? method) === method && new RegExp(one.path ?? '').test(path),
  );

export const takesOtherSchema = () => faults.take((one) => one.schema === 'other') !== undefined;

const fresh = () => ({
  ...{
    requests: [],
    logins: [],
    statements: [],
    chunks: [],
    renewals: 0,
    telemetry: 0,
    heartbeats: 0,
    ended: 0,
    warehouses: [],
    polls: 0,
  },
});
export let seen = fresh();

export const seenNow = () => ({ ...seen, left: faults.all.length });

export function forget() {
  faults.set([]);
  seen = fresh();
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
