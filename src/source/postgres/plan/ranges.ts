/** Pages of a table's main fork, `to` not included; without `to` up to the end, wherever that is then. */
export interface Pages {
  readonly from: number;
  readonly to?: number;
}

const mebibyte = 2 ** 20;
const smallTable = 32 * mebibyte;
const smallestRange = 16 * mebibyte;
const largestRange = 256 * mebibyte;

/**
 * Cuts a table's pages into ranges: a function of the table's size alone, so that the number of lanes changes no byte. Empty pages at the table's end come and go (the server extends a table by many pages at once, and
 * vacuuming gives them back) although no row changes. So that this moves no cut, a range's size is a power of two, and cuts
 * lie on multiples of a large part of it: only where the size of the whole table passes a power of two, all cuts change.
 *
 * A partitioned table is read through its parent, where one condition on `ctid` picks the same page numbers of every leaf:
 * a range holds fewer page numbers where more leaves have them.
 *
 * @param leafPages the number of pages of each leaf; of one, for a plain table
 * @param pageSize bytes
 */
export function pageRanges(leafPages: readonly number[], pageSize: number): Pages[] {
  const bytes = leafPages.reduce((sum, pages) => sum + pages, 0) * pageSize;
  if (bytes < smallTable) return [{ from: 0 }];
  const most = powerOfTwo(Math.max(smallestRange, Math.min(bytes / 8, largestRange)) / pageSize);
  const end = longest(leafPages);
  const ranges: Pages[] = [];
  let from = 0;
  for (let to = cutAfter(from, leafPages, most, end); to < end; to = cutAfter(from, leafPages, most, end)) {
    ranges.push({ from, to });
    from = to;
  }
  return [...ranges, { from }];
}

/** Where the range ends that begins at `from` and takes at most `most` pages of all leaves together, but one of each at least. */
function cutAfter(from: number, leafPages: readonly number[], most: number, end: number): number {
  const pagesBefore = (to: number): number => pagesIn({ from, to }, leafPages);
  let low = from + 1;
  let high = end;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pagesBefore(middle) <= most) low = middle;
    else high = middle - 1;
  }
  if (low >= end) return end;
  const grid = powerOfTwo((low - from) / 2);
  return low - (low % grid);
}

/** How many pages of all leaves lie there. */
export function pagesIn({ from, to = Infinity }: Pages, leafPages: readonly number[]): number {
  return leafPages.reduce((sum, pages) => sum + Math.max(0, Math.min(pages, to) - from), 0);
}

const sampleCount = 2;
const sampleBytes = mebibyte / 2;

/**
 * Some pages from all over a table, from which the size of its rows is learned. They lie in the part of the table that is a
 * power of two, so that they are the same ones when empty pages come or go at its end.
 */
export function samplePages(leafPages: readonly number[], pageSize: number): Pages[] {
  const part = powerOfTwo(longest(leafPages));
  const count = Math.ceil(sampleBytes / pageSize / leafPages.length);
  return Array.from({ length: sampleCount }, (_, index) => {
    const from = Math.floor((part * (2 * index + 1)) / (2 * sampleCount));
    return { from, to: from + count };
  });
}

function longest(leafPages: readonly number[]): number {
  return leafPages.reduce((most, pages) => Math.max(most, pages), 0);
}

/** The largest power of two that is not greater; at least 1. */
function powerOfTwo(atMost: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, atMost)));
}

/** `pages 0–16383`, `pages 16384–`. */
export function pagesLabel({ from, to }: Pages): string {
  if (to === undefined) return from === 0 ? 'all pages' : `pages ${from}–`;
  return `pages ${from}–${to - 1}`;
}
