import type { LongestRow } from '../core/longest-row.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { formatBytes } from '../core/units.js';
import type { Plan } from './plan.js';

/** Less than this is encoded by its lane alone: starting threads takes longer than the work. */
const worthEncoders = 16 * 1024 * 1024;
/**
 * Memory, measured with lineitem rows (docs/decisions/receivers-and-encoders.md): below of the process without lanes and of a lane, and
 * here of an encoder with the raw batch that it adds.
 */
const mebibyte = 1024 * 1024;
const encoderBytes = 135 * mebibyte;

/** What a run takes: the process without lanes, and each of them; bytes. */
export interface MemoryNeeds {
  readonly process: number;
  readonly lane: number;
}

const snapshotNeeds: MemoryNeeds = { process: 110 * mebibyte, lane: 90 * mebibyte };
/**
 * Of a merge (bench/parts/compact), of 6 million rows in 100 versions, and in 20 versions with replaced rows: a lane that reads files takes
 * more than one that reads from a server.
 */
export const mergeNeeds: MemoryNeeds = { process: 145 * mebibyte, lane: 125 * mebibyte };
export const keyedMergeNeeds: MemoryNeeds = { process: 175 * mebibyte, lane: 140 * mebibyte };
/** Of a comparison (bench/parts/proof), of 6 million rows in two versions. */
export const compareNeeds: MemoryNeeds = { process: 148 * mebibyte, lane: 108 * mebibyte };
/** A lane receives as much as three encoders can take. */
const mostEncoders = 3;
/** Of a run that reads a source. */
export function needsOf({ laneMemory }: Pick<OpenSource, 'laneMemory'>): MemoryNeeds {
  return laneMemory === undefined ? snapshotNeeds : { process: mergeNeeds.process, lane: laneMemory };
}

/** For people: a budget in which not even one lane has room; undefined: it has, or there is none. */
export function tightMemory(
  doing: string,
  { memory = Infinity }: Pick<Plan, 'memory'>,
  { process, lane }: MemoryNeeds,
): string | undefined {
  const least = process + lane;
  if (memory >= least) return undefined;
  return `${doing} takes about ${formatBytes(least)}, and --memory is ${formatBytes(memory)}`;
}

/** How often a lane has a very long row at once, by itself and where an encoder takes part; a little less was measured (bench/parts/memory). */
const copiesOfRow = { alone: 4, encoding: 7 };

/** What a run has room for; undefined: there is no budget. @param usual what a row group may take anyway */
export function longestRow(
  plan: LaneBudget,
  threads: Threads,
  { source, usual }: { readonly source: ReadBy; readonly usual: number },
): LongestRow | undefined {
  if (plan.memory === undefined) return undefined;
  const here = memoryOf(threads, needsOf(source));
  const unbound = memoryOf(chooseThreads({ ...plan, memory: undefined }, source), needsOf(source));
  return { bytes: Math.max(usual, Math.floor((plan.memory - here.base) / here.perByte)), memory: unbound };
}

/** What threads take: without long rows, and for each byte of the longest one. */
function memoryOf({ lanes, encodersPerLane }: Threads, needs: MemoryNeeds): LongestRow['memory'] {
  const base = needs.process + lanes * (needs.lane + encodersPerLane * encoderBytes);
  return { base, perByte: lanes * (encodersPerLane > 0 ? copiesOfRow.encoding : copiesOfRow.alone) };
}

/** Bytes; the memory of a lane has room for such rows. */
const usuallyLong = mebibyte;

/** What a row takes on the wire when nothing is known of it but its number of columns. */
const bytesPerValue = 12;

/** What a run may take. */
export type LaneBudget = Pick<Plan, 'lanes' | 'memory' | 'cores'>;

/** What threads are chosen by. */
type ReadBy = Pick<OpenSource, 'tables' | 'maxLanes' | 'laneMemory'>;

export interface Threads {
  /** Connections that read at the same time, each in a thread of its own. */
  readonly lanes: number;
  /** Encoder threads of each lane; 0 where the lanes fill the cores by themselves. */
  readonly encodersPerLane: number;
}

/**
 * How many threads read and encode. It decides how fast a run is, never what it writes. With as many lanes as cores a lane
 * encodes by itself; with fewer (a query is one statement on one connection) the other cores encode for it.
 */
export function chooseThreads(plan: LaneBudget, source: ReadBy, needs = needsOf(source)): Threads {
  const { memory = Infinity, cores } = plan;
  const { lanes } = laneLimit(plan, source, needs);
  if (lanes >= cores.count || !source.tables.some((table) => expectedBytes(table) > worthEncoders)) {
    return { lanes, encodersPerLane: 0 };
  }
  const long = longRowOf(source.tables);
  const lane = laneBytes(needs, long);
  const encoder = encoderBytes + (copiesOfRow.encoding - copiesOfRow.alone) * long;
  const idle = Math.ceil((cores.count - lanes) / lanes);
  const affordable = Math.floor((memory - needs.process - lanes * lane) / (lanes * encoder));
  return { lanes, encodersPerLane: Math.max(0, Math.min(idle, affordable, mostEncoders)) };
}

/** How many lanes there are, and why not more. */
export interface LaneLimit {
  readonly lanes: number;
  /** For people, as `as many as there are cores`. */
  readonly because: string;
}

/** What bounds the number of lanes: at least one reads. */
export function laneLimit(plan: LaneBudget, source: ReadBy, needs = needsOf(source)): LaneLimit {
  const { lanes: asked, memory = Infinity, cores } = plan;
  const ranges = source.tables.reduce((sum, table) => sum + table.ranges.length, 0);
  const room = Math.floor((memory - needs.process) / laneBytes(needs, longRowOf(source.tables)));
  const limits: readonly LaneLimit[] = [
    asked === 'auto'
      ? {
          lanes: cores.count,
          because:
            cores.heldBy === undefined ? 'as many as there are cores' : `as many cores as ${cores.heldBy} leaves`,
        }
      : { lanes: asked, because: 'as --lanes says' },
    { lanes: source.maxLanes, because: 'the server has no more connections to give' },
    { lanes: ranges, because: ranges <= 1 ? 'what is read is one piece' : 'what is read is not in more pieces' },
    { lanes: room, because: '--memory has room for no more' },
  ];
  const least = limits.reduce((one, other) => (other.lanes < one.lanes ? other : one));
  return { ...least, lanes: Math.max(1, least.lanes) };
}

const laneBytes = (needs: MemoryNeeds, longRow: number): number => needs.lane + copiesOfRow.alone * longRow;

/** Rows are taken to be up to twice as long as they are on average; shorter ones than row groups take no memory of their own. */
function longRowOf(tables: readonly TablePlan[]): number {
  const averages = tables.flatMap(({ sourceBytes, estimatedRows }) =>
    sourceBytes !== undefined && estimatedRows ? [sourceBytes / estimatedRows] : [],
  );
  const longest = 2 * Math.max(0, ...averages);
  return longest < usuallyLong ? 0 : longest;
}

/** Unknown counts as large. */
function expectedBytes(table: TablePlan): number {
  if (table.sourceBytes !== undefined) return table.sourceBytes;
  if (table.estimatedRows === undefined) return Infinity;
  return table.estimatedRows * table.columns.length * bytesPerValue;
}
