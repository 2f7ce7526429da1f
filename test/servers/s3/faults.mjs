// What the store is told on its command line, and the faults that it is told to play while it runs.
import { Faults } from '../faults.mjs';

const given = process.argv[2] === undefined ? {} : JSON.parse(process.argv[2]);
export const settings = { port: 0, pageSize: 1000, swallow: false, ...given };

/**
 * Faults to come, in their order: each for the next request of a method whose path and query match a pattern, after `skip` such requests, for
 * `times` of them (1 unless told). One of `status` and `code`, `wait` (milliseconds), `cut` (`before` or `after` the work is done), `damage` (of the
 * body), `location` (a redirect), `ignoresConditions` (as long as it stands).
 */
const faults = new Faults();

export const setFaults = (next) => faults.set(next);

export const fault = {
  take(request, url) {
    const path = decodeURIComponent(url.pathname) + url.search;
    return faults.take(
      (one) =>
        one.ignoresConditions === undefined &&
        (one.method === undefined || one.method === request.method) &&
        new RegExp(one.path ?? '').test(path),
    );
  },
  ignoresConditions: () => faults.all.some((one) => one.ignoresConditions === true),
  left: () => faults.all.length,
};
