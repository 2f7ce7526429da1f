import { TidemarkError } from '../core/errors.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { newRate } from '../lane/rate-limit.js';
import { unwrittenStart } from '../lane/unwritten.js';
import type { ScratchTicket } from '../scratch/folder.js';
import { bottleneckOf } from '../snapshot/bottleneck.js';
import { laneOptionsOf, withLanes } from '../snapshot/lane-options.js';
import type { Ports } from '../snapshot/ports.js';
import { threadPlanOf, withLongestRow } from '../snapshot/thread-plan.js';
import { chooseThreads, type Threads } from '../snapshot/threads.js';
import { Meter } from './meter.js';
import type { Measurement, Setting } from './measurement.js';

/** What a measurement works with. */
export interface MeasuringTools {
  readonly ports: Ports;
  readonly scratch: ScratchTicket;
  /** Milliseconds that it may take. */
  readonly patience: number;
  /** A recording that was begun, where what comes is kept. */
  readonly recordTo?: string;
  readonly signal: AbortSignal;
}

/**
 * Reads what there is for so long, as a snapshot with these settings does, and keeps nothing.
 * @throws source.*, data.*; the signal's reason
 */
export async function measure(
  { plan, reach }: Setting,
  source: OpenSource,
  { ports, scratch, patience, recordTo, signal }: MeasuringTools,
): Promise<Measurement> {
  const { clock } = ports.machine;
  const threads = threadsFor({ plan, reach }, source);
  const start = { ...startOf({ plan, reach }, source, { threads, scratch }), recordTo };
  const timeUp = new AbortController();
  const meter = new Meter(clock);
  const begun = clock.now();
  clock.sleep(patience, timeUp.signal).then(
    () => {
      meter.stop();
      timeUp.abort(new TidemarkError('internal.bug', 'the time of a measurement is over'));
    },
    () => undefined,
  );
  const both = AbortSignal.any([signal, timeUp.signal]);
  let isWhole = true;
  try {
    await withLanes(ports, (lanes) =>
      readAllRanges(start, laneOptionsOf(threads, source.lost, { ports, lanes, events: meter, signal: both })),
    );
  } catch (error) {
    if (signal.aborted || !timeUp.signal.aborted) throw error;
    isWhole = false;
  } finally {
    meter.stop();
    timeUp.abort();
  }
  const reading = meter.read(begun);
  const { cpuSeconds, work } = reading;
  return {
    reach,
    ...threads,
    via: plan.source.via,
    compression: reach === 'encoded' ? plan.compression : undefined,
    ...reading,
    isWhole,
    // Files go nowhere, for which nobody waits.
    bottleneck: reading.rows === 0 ? undefined : bottleneckOf({ ...work, room: 0 }, { ...threads, cpuSeconds }),
  };
}

/** Who only receives or decodes has nothing for encoders to do. */
function threadsFor({ plan, reach }: Setting, source: OpenSource): Threads {
  const threads = chooseThreads(plan, source);
  return reach === 'encoded' ? threads : { ...threads, encodersPerLane: 0 };
}

/** Each range is a file of its own, so that no lane waits for another; and files go nowhere. */
function startOf(
  { plan, reach }: Setting,
  source: OpenSource,
  { threads, scratch }: { readonly threads: Threads; readonly scratch: ScratchTicket },
): Omit<LaneStart, 'encoders'> {
  const threadPlan = { ...threadPlanOf(plan, source, undefined), routes: [] };
  const { format, draft } = unwrittenStart;
  return {
    ...withLongestRow(threadPlan, plan, { threads, source }),
    ...(reach !== 'encoded' && { format, reach }),
    shardNames: source.tables.map(({ name }) => `${name}-{index}`),
    tables: source.tables.map(withoutSample),
    ...{ retryFor: plan.retryFor, rate: newRate(plan.maxRate), ticket: source.ticket, draft, scratch },
  };
}

function withoutSample({ sample: _, sameFiles: __, ...table }: TablePlan): TablePlan {
  return table;
}
