/** Ids of 64 bits as ranges in ascending order, which do not touch: `1200` or `1200-1207`. */
export type IdRanges = readonly string[];

type Bounds = readonly [from: bigint, to: bigint];

/** @param ids in any order, each any number of times */
export function rangesOfIds(ids: BigUint64Array): IdRanges {
  return merged(each(ids.toSorted()));
}

function* each(ids: Iterable<bigint>): Iterable<Bounds> {
  for (const id of ids) yield [id, id];
}

/** The ids that are in either. */
export function joinIds(a: IdRanges, b: IdRanges): IdRanges {
  return merged([...a, ...b].map(boundsOf).sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** Ranges that touch become one. @param ascending by where they begin */
function merged(ascending: Iterable<Bounds>): IdRanges {
  const ranges: [bigint, bigint][] = [];
  for (const [from, to] of ascending) {
    const last = ranges.at(-1);
    if (last === undefined || from > last[1] + 1n) ranges.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return ranges.map(textOf);
}

/** Those that are not below `least`. */
export function idsFrom(ranges: IdRanges, least: bigint): IdRanges {
  return ranges
    .map(boundsOf)
    .filter(([, to]) => to >= least)
    .map(([from, to]) => textOf([from < least ? least : from, to]));
}

export function boundsOf(range: string): Bounds {
  const [from, to = from] = range.split('-');
  return [BigInt(from!), BigInt(to!)];
}

const textOf = ([from, to]: Bounds): string => (from === to ? String(from) : `${from}-${to}`);
