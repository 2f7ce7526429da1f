import { Worker } from 'node:worker_threads';
import type { LaneCommand, LaneReport, LaneStart } from './messages.js';
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

/** A lane in a thread of its own. */
export const laneInThread: StartLane = (start, take) => {
  const worker = new Worker(new URL('./lane-thread.js', import.meta.url), { workerData: start });
  worker.on('message', take);
  const ended = new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  });
  return { send: (command) => worker.postMessage(command), ended, terminate: () => void worker.terminate() };
};

/** A lane in the coordinator's own thread, for sources that wait more than they compute, and for tests. */
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
