import { parentPort, workerData } from 'node:worker_threads';
import type { LaneCommand, LaneStart, LikelyWork } from './messages.js';
import { installedLanePorts } from './ports.js';
import { serveLane } from './serve.js';

/* A lane's thread. It is told what to begin with, and then what to do. */

const likely = workerData as LikelyWork | undefined;
if (likely !== undefined) {
  // What is wrong with them is said when they are needed.
  installedLanePorts.loadSource(likely.sourceKind).catch(() => undefined);
  installedLanePorts.loadFormat(likely.format).catch(() => undefined);
}

const port = parentPort!;
port.once('message', (start: LaneStart) => {
  const obey = serveLane(
    start,
    (report) => port.postMessage(report),
    () => port.close(),
    installedLanePorts,
  );
  port.on('message', (command: LaneCommand) => obey(command));
});
