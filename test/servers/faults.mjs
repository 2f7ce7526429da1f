/** Faults to come, in their order: each for the next request that is meant, after `skip` such requests, for `times` of them (1 unless told). */
export class Faults {
  /** @type {(Record<string, any> & { skip: number, times: number })[]} */
  all = [];

  /** Those that are told take the place of earlier ones. */
  set(next) {
    this.all = next.map((one) => ({ skip: 0, times: 1, ...one }));
  }

  /** @param {(one: Record<string, any>) => boolean} isMeant by a request */
  take(isMeant) {
    const found = this.all.find(isMeant);
    if (found === undefined) return undefined;
    if (found.skip > 0) {
      found.skip -= 1;
      return undefined;
    }
    found.times -= 1;
    if (found.times === 0) this.all = this.all.filter((one) => one !== found);
    return found;
  }
}
