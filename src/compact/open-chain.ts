import type { Scratch } from '../core/scratch.js';
import type { TablePlan } from '../core/source.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { Lanes } from '../lane/running-lane.js';
import type { ShardsTicket } from '../lane/shard-source.js';
import { laneOptionsOf } from '../snapshot/lane-options.js';
import type { Ports } from '../snapshot/ports.js';
import type { RunEvents } from '../snapshot/run-events.js';
import { type LaneBudget, chooseThreads, type MemoryNeeds, tightMemory, type Threads } from '../snapshot/threads.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { type MergedTable, tablesOf, withoutReplaced } from './merged-tables.js';
import { findReplacedRows } from './replaced-rows.js';

/** What goes with the reading of files. */
export interface Around {
  readonly ports: Ports;
  readonly events: RunEvents;
  readonly signal: AbortSignal;
}

/** The rows of a version and of all that it inherits that count, as lanes read them. */
export interface OpenChain {
  readonly newest: FoundVersion;
  readonly tables: readonly MergedTable[];
  readonly ticket: ShardsTicket;
}

/**
 * Finds which rows of a chain count: keys are read where some replace others.
 * @param chain oldest first
 * @param wanted whether a table is to be read; absent: all are
 * @throws verification.failed where two rows of a version have the same key; scratch.*; the signal's reason
 */
export async function openChain(
  chain: readonly FoundVersion[],
  { scratch, wanted = () => true }: { readonly scratch: Scratch; readonly wanted?: (table: string) => boolean },
  { ports, events, signal }: Around,
): Promise<OpenChain> {
  const newest = chain.at(-1)!;
  const { version } = newest.manifest;
  const { tables, stored } = tablesOf(chain);
  const chained = tables.filter(({ told }) => wanted(told.name));
  // All versions of a chain are at one destination.
  const destination = ports.destinationOf(chain[0]!.place.folder).kind;
  const found = { destination, format: version.format, stored };
  const leftOut = await findReplacedRows(chained, {
    ...{ ticket: found, chain, scratch, signal },
    onRows: (rows) => events.listener({ type: 'counting', rows }),
  });
  return {
    newest,
    tables: chained.map((table) => withoutReplaced(table, leftOut, version)),
    ticket: { ...found, leftOut },
  };
}

/** Chooses the threads that read files, and tells of them. @param doing for people, where there is too little memory */
export function fileThreads(
  doing: string,
  plan: LaneBudget,
  {
    needs,
    tables,
    targets,
  }: { readonly needs: MemoryNeeds; readonly tables: number; readonly targets: readonly TablePlan[] },
  events: RunEvents,
): Threads {
  const tight = tightMemory(doing, plan, needs);
  if (tight !== undefined) events.warn(tight);
  const { lanes } = chooseThreads(plan, { tables: targets, maxLanes: Infinity }, needs);
  const estimatedRows = targets.reduce((sum, { estimatedRows: rows = 0 }) => sum + rows, 0);
  events.listener({ type: 'opened', tables, estimatedRows, lanes });
  return { lanes, encodersPerLane: 0 };
}

/** What lanes that read files run with: those do not go away as a connection does. */
export function fileLaneOptions(threads: Threads, lanes: Lanes, around: Around): CoordinatorOptions {
  // Of its own for each run: what waits for a promise is held by it.
  return laneOptionsOf(threads, new Promise<never>(() => undefined), { ...around, lanes });
}
