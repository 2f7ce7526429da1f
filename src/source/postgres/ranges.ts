/** Pages of a table's main fork, `to` not included; without `to` up to the end, wherever that is then. */
export interface Pages {
  readonly from: number;
  readonly to?: number;
}

const MIB = 2 ** 20;
const SMALL_TABLE = 32 * MIB;
const SMALLEST_RANGE = 16 * MIB;

/**
 * Cuts a table's pages into ranges: a function of the table's size and the shard size alone, so that the number of lanes
 * changes no byte. A partitioned table is read through its parent, where one condition on `ctid` picks the same page
 * numbers of every leaf; the cuts are chosen so that the pages below them, over all leaves, grow evenly.
 *
 * @param leafPages the number of pages of each leaf; of one, for a plain table
 * @param pageSize bytes
 * @param shardSize bytes
 */
export function pageRanges(leafPages: readonly number[], pageSize: number, shardSize: number): Pages[] {
  const total = leafPages.reduce((sum, pages) => sum + pages, 0);
  const bytes = total * pageSize;
  if (bytes < SMALL_TABLE) return [{ from: 0 }];
  const rangeBytes = Math.max(SMALLEST_RANGE, Math.min(bytes / 8, 2 * shardSize));
  const count = Math.ceil(bytes / rangeBytes);
  const cuts = new Set<number>();
  for (let i = 1; i < count; i += 1) cuts.add(cutAt(leafPages, Math.round((i * total) / count)));
  const starts = [0, ...cuts];
  return starts.map((from, i) => (i + 1 < starts.length ? { from, to: starts[i + 1]! } : { from }));
}

/** The least page number below which all leaves together have at least `wanted` pages. */
function cutAt(leafPages: readonly number[], wanted: number): number {
  const below = (page: number): number => leafPages.reduce((sum, pages) => sum + Math.min(pages, page), 0);
  let low = 1;
  let high = leafPages.reduce((most, pages) => Math.max(most, pages), 1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (below(middle) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `pages 0–16383`, `pages 16384–`. */
export function pagesLabel({ from, to }: Pages): string {
  if (to === undefined) return from === 0 ? 'all pages' : `pages ${from}–`;
  return `pages ${from}–${to - 1}`;
}
