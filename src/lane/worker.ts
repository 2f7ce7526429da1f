import { parentPort, workerData } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import { Lane } from './lane.js';
import type { LaneCommand, LaneReport, LaneStart } from './messages.js';

/* A lane's thread: takes ranges from the coordinator, one at a time, and sends back receipts, progress and errors. */

const stop = new AbortController();
const report = (message: LaneReport): void => parentPort!.postMessage(message);
const fail = (error: unknown): void => report({ type: 'failed', error: TidemarkError.from(error).toMessage() });

const opening = Lane.open(workerData as LaneStart, report, stop.signal);
opening.then(() => report({ type: 'ready' }), fail);

async function obey(command: LaneCommand): Promise<void> {
  if (command.type === 'abort') stop.abort();
  const lane = await opening;
  if (command.type === 'read') {
    report({ type: 'done', receipt: await lane.read(command.table, command.range) });
  } else {
    await lane.close();
    parentPort!.close();
  }
}

parentPort!.on('message', (command: LaneCommand) => {
  obey(command).catch(fail);
});
