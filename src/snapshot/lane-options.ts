import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { Ports } from './ports.js';
import type { RunEvents } from './run-events.js';
import type { Threads } from './threads.js';

/** What lanes run with. @param lost rejects when the run can't go on, whatever they do */
export function laneOptionsOf(
  threads: Threads,
  lost: Promise<never>,
  {
    ports,
    events,
    signal,
  }: {
    readonly ports: Pick<Ports, 'startLane' | 'machine'>;
    readonly events: Pick<RunEvents, 'listener'>;
    readonly signal: AbortSignal;
  },
): CoordinatorOptions {
  return {
    ...threads,
    startLane: ports.startLane,
    clock: ports.machine.clock,
    signal,
    listener: events.listener,
    lost,
  };
}
