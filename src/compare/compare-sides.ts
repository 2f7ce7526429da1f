import { Worker } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../core/errors.js';
import type { SpooledRecords } from '../lane/spooled-records.js';
import { littleGarbage } from '../lane/thread-limits.js';
import { vanishedThread } from '../lane/vanished.js';
import { packageFile } from '../machine/package-file.js';
import type { ScratchTicket } from '../scratch/folder.js';
import type { RowRecords } from './counted-rows.js';
import { type DifferingKeys, gatherDiffering } from './differing-keys.js';
import type { Room } from './rooms.js';
import { compareRows, type RowDifferences, type SideRecords } from './row-differences.js';

export interface HowToCompare {
  /** Whether a key is more than the row itself. */
  readonly isKeyed: boolean;
  /** How many keys of each sort are shown. */
  readonly shown: number;
}

/** What came of it. */
export interface ComparedSides {
  readonly found: RowDifferences;
  readonly keys: DifferingKeys;
}

/** What a thread compares: plain data. */
export interface ComparisonTicket extends HowToCompare {
  readonly sides: readonly [SideTicket, SideTicket];
  readonly scratch: ScratchTicket;
}

interface SideTicket {
  readonly pieces: readonly SpooledRecords[];
  readonly scratch: ScratchTicket;
}

/** From a thread that compares. */
export type ComparisonReport =
  | { readonly type: 'compared'; readonly compared: ComparedSides }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** Fewer bytes of records than that are compared by the time at which a thread has begun. */
const worthThread = 8 * 1024 * 1024;

/**
 * Compares the rows of two sides. Many are compared in a thread of its own: this one stays free to hear of signals and to tell how far it is, and memory that
 * is in use for a while does not stay with it.
 * @throws scratch.*; the signal's reason
 */
export async function compareSides(
  sides: readonly [RowRecords, RowRecords],
  { room, signal, ...how }: HowToCompare & { readonly room: Room; readonly signal: AbortSignal },
): Promise<ComparedSides> {
  const bytes = sides.flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.bytes, 0);
  if (bytes < worthThread) {
    const here = ({ pieces, room: { scratch } }: RowRecords): SideRecords => ({ pieces, scratch });
    return compareHere([here(sides[0]), here(sides[1])], { ...how, scratch: room.scratch });
  }
  const there = ({ pieces, room: { ticket } }: RowRecords): SideTicket => ({ pieces, scratch: ticket });
  return inThread({ ...how, sides: [there(sides[0]), there(sides[1])], scratch: room.ticket }, signal);
}

/** Compares in this thread. */
export function compareHere(
  sides: readonly [SideRecords, SideRecords],
  { isKeyed, shown, scratch }: HowToCompare & Pick<SideRecords, 'scratch'>,
): ComparedSides {
  const { take, gathered } = gatherDiffering(shown);
  const found = compareRows(sides, { isKeyed, scratch, take });
  return { found, keys: gathered() };
}

function inThread(ticket: ComparisonTicket, signal: AbortSignal): Promise<ComparedSides> {
  signal.throwIfAborted();
  const thread = new Worker(packageFile('#compare-thread'), { workerData: ticket, resourceLimits: littleGarbage });
  const settled = new AbortController();
  const compared = new Promise<ComparedSides>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: settled.signal });
    thread.on('message', (report: ComparisonReport) => {
      if (report.type === 'compared') resolve(report.compared);
      else reject(TidemarkError.fromMessage(report.error));
    });
    thread.on('error', reject);
    thread.on('exit', (exitCode) => reject(vanishedThread('compared rows', exitCode)));
  });
  return compared.finally(() => {
    settled.abort();
    return thread.terminate();
  });
}
