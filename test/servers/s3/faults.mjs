// What the store is told on its command line, and the faults that it is told to play while it runs.
const given = process.argv[2] === undefined ? {} : JSON.parse(process.argv[2]);
export const settings = { port: 0, pageSize: 1000, swallow: false, ...given };

/**
 * Faults to come, in their order: each for the next request of a method whose path and query match a pattern, after `skip` such requests, for
 * `times` of them (1 unless told). One of `status` and `code`, `wait` (milliseconds), `cut` (`before` or `after` the work is done), `damage` (of the
 * body), `location` (a redirect), `ignoresConditions` (as long as it stands).
 */
export let faults = [];

export function setFaults(next) {
  faults = next.map((one) => ({ skip: 0, times: 1, ...one }));
}

export const fault = {
  take(request, url) {
    const path = decodeURIComponent(url.pathname) + url.search;
    const found = faults.find(
      (one) =>
        one.ignoresConditions === undefined &&
        (one.method === undefined || one.method === request.method) &&
        new RegExp(one.path ?? '').test(path),
    );
    if (found === undefined) return undefined;
    if (found.skip > 0) {
      found.skip -= 1;
      return undefined;
    }
    found.times -= 1;
    if (found.times === 0) faults = faults.filter((one) => one !== found);
    return found;
  },
  ignoresConditions: () => faults.some((one) => one.ignoresConditions === true),
};
