import { parentPort, workerData } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import { thisMachine } from '../machine/machine.js';
import { openScratch } from '../scratch/files.js';
import { compareHere, type ComparisonReport, type ComparisonTicket } from './compare-sides.js';

/* A thread that compares rows once, by their records. */

parentPort!.postMessage(report());

function report(): ComparisonReport {
  const { sides, scratch, ...how } = workerData as ComparisonTicket;
  try {
    const [first, second] = sides.map((side) => ({ ...side, scratch: openScratch(thisMachine.fs, side.scratch) }));
    const compared = compareHere([first!, second!], { ...how, scratch: openScratch(thisMachine.fs, scratch) });
    return { type: 'compared', compared };
  } catch (thrown) {
    return { type: 'failed', error: TidemarkError.from(thrown).toMessage() };
  }
}
