import type { Pages } from '../plan/ranges.js';

/** Pages of the first statement: 16 MB, which no server needs a second for. */
const firstPages = 2048;
/** How much of the time that is allowed a statement should take. */
const aimedShare = 0.5;

/**
 * Cuts pages into pieces that one statement each can send within `milliseconds`: a small piece first, then as many pages
 * as the last piece's speed allows, never more than four times as many. The consumer sends each piece before it asks for
 * the next one. An open end stays open in the last piece.
 *
 * @param known the table has no more pages than this
 */
export function* timedPages(pages: Pages, known: number, milliseconds: number): Generator<Pages> {
  const end = pages.to ?? known;
  let size = firstPages;
  for (let from = pages.from; from < end || from === pages.from;) {
    const to = from + size;
    if (to >= end) {
      yield { ...pages, from };
      return;
    }
    const begun = performance.now();
    yield { from, to };
    const taken = Math.max(1, performance.now() - begun);
    size = Math.max(1, Math.floor(size * Math.min(4, (aimedShare * milliseconds) / taken)));
    from = to;
  }
}
