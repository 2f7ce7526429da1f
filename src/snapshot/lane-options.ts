import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { LikelyWork } from '../lane/messages.js';
import type { Lanes } from '../lane/running-lane.js';
import type { Ports } from './ports.js';
import type { RunEvents } from './run-events.js';
import type { Threads } from './threads.js';

/** Lanes, for as long as the work takes. */
export async function withLanes<T>(
  ports: Pick<Ports, 'lanes'>,
  work: (lanes: Lanes) => Promise<T>,
  likely?: LikelyWork,
): Promise<T> {
  const lanes = ports.lanes(likely);
  try {
    return await work(lanes);
  } finally {
    lanes.close();
  }
}

/** What lanes run with. @param lost rejects when the run can't go on, whatever they do */
export function laneOptionsOf(
  threads: Threads,
  lost: Promise<never>,
  {
    ports,
    lanes,
    events,
    signal,
  }: {
    readonly ports: Pick<Ports, 'machine'>;
    readonly lanes: Lanes;
    readonly events: Pick<RunEvents, 'listener'>;
    readonly signal: AbortSignal;
  },
): CoordinatorOptions {
  return {
    ...threads,
    startLane: lanes.start,
    clock: ports.machine.clock,
    signal,
    listener: events.listener,
    lost,
  };
}
