import { Worker } from 'node:worker_threads';
import { packageFile } from '../machine/package-file.js';
import type { LaneCommand, LaneReport, LaneStart, LikelyWork } from './messages.js';
import { littleGarbage } from './thread-limits.js';
import type { LanePorts } from './ports.js';
import { serveLane } from './serve.js';

/** A lane, as the coordinator has it. What goes to and fro is plain data. */
export interface RunningLane {
  send(command: LaneCommand): void;
  /** Resolves with its exit code when it has ended, told or not; rejects with an error that ended it. */
  readonly ended: Promise<number>;
  /** Ends it, whatever it does. */
  terminate(): void;
}

/** @param take is given every report of the lane, in their order */
export type StartLane = (start: LaneStart, take: (report: LaneReport) => void) => RunningLane;

/** The lanes of a run. */
export interface Lanes {
  readonly start: StartLane;
  /** Ends what no lane took. */
  close(): void;
}

/**
 * Lanes in threads of their own. The first one's is begun at once, and loads what it needs while the source is opened.
 * @param likely what that will be; undefined: nobody knows
 */
export function lanesInThreads(likely?: LikelyWork): Lanes {
  let ahead: LaneThread | undefined = newThread(likely);
  return {
    start(start, take) {
      const { worker, ended } = ahead ?? newThread();
      ahead = undefined;
      worker.on('message', take);
      worker.postMessage(start);
      return { send: (command) => worker.postMessage(command), ended, terminate: () => void worker.terminate() };
    },
    close: () => void ahead?.worker.terminate(),
  };
}

interface LaneThread {
  readonly worker: Worker;
  readonly ended: Promise<number>;
}

function newThread(likely?: LikelyWork): LaneThread {
  const worker = new Worker(packageFile('#lane-thread'), { resourceLimits: littleGarbage, workerData: likely });
  const ended = new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  });
  // Nobody waits for it before it is a lane.
  ended.catch(() => undefined);
  return { worker, ended };
}

/** A lane in the coordinator's own thread, for tests. */
export function laneHere(ports: LanePorts): StartLane {
  return (start, take) => {
    let end: (exitCode: number) => void = () => undefined;
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    });
    const later = <T>(message: T, deliver: (message: T) => void): void => {
      const copy = structuredClone(message);
      setImmediate(() => deliver(copy));
    };
    const report = (message: LaneReport): void => later(message, take);
    const obey = serveLane(structuredClone(start), report, () => setImmediate(end, 0), ports);
    return { send: (command) => later(command, obey), ended, terminate: () => end(1) };
  };
}
