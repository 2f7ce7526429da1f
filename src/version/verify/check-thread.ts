import { parentPort, workerData } from 'node:worker_threads';
import { TidemarkError } from '../../core/errors.js';
import { destinationOf } from '../../destination/registry.js';
import type { CheckReport } from './check-threads.js';
import { checksHere, type FilesToCheck, type ShardPlace } from './file-checks.js';

/* A thread that checks files, one at a time. It is told which, and tells what it finds. */

const files = workerData as FilesToCheck;
const port = parentPort!;
const tell = (report: CheckReport): void => port.postMessage(report);
const checks = destinationOf(files.folder)
  .loadStore()
  .then((store) => checksHere(files, store));
// Whoever asks for a file is told what went wrong.
checks.catch(() => undefined);

port.on('message', (place: ShardPlace) => {
  void answer(place).then(tell);
});

async function answer(place: ShardPlace): Promise<CheckReport> {
  try {
    const check = await (
      await checks
    ).check(place, {
      onBytes: (count) => tell({ type: 'bytes', count }),
      onEntities: (records) => tell({ type: 'entities', records }),
    });
    return { type: 'checked', check };
  } catch (thrown) {
    return { type: 'failed', error: TidemarkError.from(thrown).toMessage() };
  }
}
