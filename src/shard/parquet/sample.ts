/** How many values, evenly spread, are looked at before a dictionary is begun. */
export const sampleSize = 1024;

/** More distinct values in the sample than this share of it: no dictionary. Some 12,000 distinct values stay below it. */
const hopelessShare = 0.96;

export function isHopeless(distinct: number, sampled: number): boolean {
  return distinct > sampled * hopelessShare;
}

/** Where values repeat only far apart the sample misses it, and where they repeat only nearby it says so too early: look again. */
export function isFutile(distinct: number, seen: number): boolean {
  return distinct > seen * 0.75;
}

/** The distance between sampled values. */
export function sampleStep(count: number): number {
  return Math.max(1, Math.floor(count / sampleSize));
}
