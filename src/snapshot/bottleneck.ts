import { type WorkKind, workKinds, type WorkSeconds } from '../core/work.js';
import type { Threads } from './threads.js';

/** What a run was as fast as. */
export interface Bottleneck {
  /**
   * `source`: the server or the way to it; `destination`: where files go; `cores`: this machine, whose cores others had, too, such as a server that runs here; else what
   * the run's own threads did most.
   */
  readonly at: 'source' | 'destination' | 'cores' | Exclude<WorkKind, 'wait' | 'room'>;
  /** Of the time that it was judged by, from 0 to 1. */
  readonly share: number;
}

/** Lanes that wait for more than so much of their time are slower than nobody. */
const mostWaiting = 0.4;
/** Encoders that are busy for so much of it do not wait. */
const busy = 0.8;
/** Waiting for room for so much of it is more than a few row groups that came together. */
const muchWaiting = 0.3;

/** Threads that are busy and have a core for less of the time wait for one. */
const ownCores = 0.7;

/** What a run was as fast as, by what its threads spent their time on; undefined: they did nothing. */
export function bottleneckOf(
  work: WorkSeconds,
  { encodersPerLane, cpuSeconds }: Pick<Threads, 'encodersPerLane'> & { readonly cpuSeconds: number },
): Bottleneck | undefined {
  const own = work.decode + work.encode + work.digest;
  const inLanes = work.wait + work.read + work.write + work.room + (encodersPerLane === 0 ? own : 0);
  if (inLanes === 0) return undefined;
  const waiting = work.wait / inLanes;
  if (waiting >= mostWaiting) return { at: 'source', share: waiting };
  const encoding = encodersPerLane === 0 ? 0 : own / (encodersPerLane * inLanes);
  if (encoding < busy && work.room / inLanes >= muchWaiting) return { at: 'destination', share: work.room / inLanes };
  const active = work.read + work.write + own;
  if (cpuSeconds < ownCores * active) return { at: 'cores', share: cpuSeconds / active };
  return { at: busiest(work), share: work[busiest(work)] / active };
}

function busiest(work: WorkSeconds): Exclude<WorkKind, 'wait' | 'room'> {
  const kinds = workKinds.filter((kind) => kind !== 'wait' && kind !== 'room');
  return kinds.reduce((most, kind) => (work[kind] > work[most] ? kind : most));
}
