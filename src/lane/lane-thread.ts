import { parentPort, workerData } from 'node:worker_threads';
import type { LaneCommand, LaneStart } from './messages.js';
import { installedLanePorts } from './ports.js';
import { serveLane } from './serve.js';

/* A lane's thread. */

const port = parentPort!;
const obey = serveLane(
  workerData as LaneStart,
  (report) => port.postMessage(report),
  () => port.close(),
  installedLanePorts,
);
port.on('message', (command: LaneCommand) => obey(command));
