// Misbehaviour to come, and what was asked of the service so far.
import { Faults } from '../faults.mjs';

/**
 * Faults in their order: each for the next request whose method and path (with query), or whose `rpc`, match, after `skip` such requests, for `times`
 * of them (1 unless told). Of REST: `status` (with `reason`, `message`, `retryAfter`), `wait` (milliseconds), `cut` (`before` or `after` the work is
 * done), `damage` (of an object's bytes one is another). Of an rpc (CreateReadSession, ReadRows, SplitReadStream): `code` (with `message`), `wait`,
 * and of ReadRows `cutAfter`, `endAfter`, `resetAfter` (messages: then UNAVAILABLE, an end without an error, or an aborted connection), `repeat` (the
 * message that comes twice); of CreateReadSession `schema: 'other'`, a session whose first field is not the table's. Those that are told take the
 * place of earlier ones.
 */
const faults = new Faults();

export const setFaults = (next) => faults.set(next);

export const faultOfRequest = (method, path) =>
  faults.take(
    (one) => one.rpc === undefined && (one.method ?? method) === method && new RegExp(one.path ?? '').test(path),
  );

export const faultOfRpc = (rpc) => faults.take((one) => one.rpc === rpc);

const fresh = () => ({ requests: [], sessions: [], reads: [], jobs: [], identities: [], userProjects: [] });
export let seen = fresh();

export const seenNow = () => ({ ...seen, left: faults.all.length });

export function forget() {
  faults.set([]);
  seen = fresh();
}

export function note(list, one) {
  if (typeof one !== 'string' || !seen[list].includes(one)) seen[list].push(one);
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
