import type { OpenSource, TablePlan } from '../core/source.js';
import type { FileGroup } from '../lane/file-group.js';
import { RangeReader, type ReaderStart } from '../lane/range-reader.js';
import { withRetries } from '../lane/retry.js';
import type { Ports } from './ports.js';

/** How full a file should be with what is expected in it: rows are larger here and smaller there. */
const FILLED = 0.8;

/**
 * Which ranges of each table share files: consecutive ones, so many that they fill a shard to two or four fifths, as far as a
 * sample tells. Their number is a power of two, so that it stays when the table grows a little. It is a function of the
 * table and the shard size, never of lanes.
 */
export async function fileGroups(
  start: Omit<ReaderStart, 'encoders' | 'groups'>,
  source: OpenSource,
  ports: Ports,
  signal: AbortSignal,
): Promise<FileGroup[][]> {
  const groups: FileGroup[][] = [];
  for (const [index, table] of source.tables.entries()) {
    const written = table.sample && (await encodedSample(start, index, table.sample, ports, signal));
    groups.push(groupsOf(table, written, start.shardSize));
  }
  return groups;
}

/** @param written bytes that the table's sample takes in the format; undefined: there is none */
export function groupsOf(
  { ranges, sample }: Pick<TablePlan, 'ranges' | 'sample'>,
  written: number | undefined,
  shardSize: number,
): FileGroup[] {
  const together = written === undefined ? 1 : rangesTogether(ranges, written / Math.max(1, sample!.bytes), shardSize);
  const groups: FileGroup[] = [];
  for (let first = 0; first < ranges.length; first += together) {
    groups.push({ first, end: Math.min(ranges.length, first + together) });
  }
  return groups;
}

function rangesTogether(ranges: TablePlan['ranges'], ratio: number, shardSize: number): number {
  const largest = ranges.reduce((most, { bytes = Infinity }) => Math.max(most, bytes), 1);
  const expected = largest * ratio;
  if (expected >= shardSize * FILLED) return 1;
  return expected === 0 ? ranges.length : 2 ** Math.floor(Math.log2((shardSize * FILLED) / expected));
}

/** How many bytes the sample takes when it is encoded. It is read like any range, and kept nowhere. */
async function encodedSample(
  start: Omit<ReaderStart, 'encoders' | 'groups'>,
  index: number,
  { ranges }: NonNullable<TablePlan['sample']>,
  ports: Ports,
  signal: AbortSignal,
): Promise<number> {
  const tables = start.tables.map((table, i) => (i === index ? { ...table, ranges } : table));
  const source = await ports.loadSource(start.sourceKind);
  const format = await ports.loadFormat(start.format);
  const reader = new RangeReader({ ...start, tables, encoders: 0 }, source, format, signal);
  const sizeOf = async (range: number): Promise<number> => {
    let bytes = 0;
    await reader.read(index, range, ({ rowGroup }) => {
      bytes += rowGroup.bytes.length;
    });
    return bytes;
  };
  let total = 0;
  try {
    for (const range of ranges.keys())
      total += await withRetries(() => attempt(reader, index, range, sizeOf), ports, signal);
  } finally {
    await reader.close();
  }
  return total;
}

async function attempt<T>(
  reader: RangeReader,
  table: number,
  range: number,
  action: (range: number) => Promise<T>,
): Promise<T> {
  try {
    return await action(range);
  } catch (error) {
    await reader.drop(table);
    throw await reader.explain(error, table, range);
  }
}
