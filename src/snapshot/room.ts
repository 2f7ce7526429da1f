import { tmpdir } from 'node:os';
import type { Destination } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { FreeSpace } from '../core/free-space.js';
import { bytesOfRowKey } from '../core/row-key-records.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { formatBytes } from '../core/units.js';
import { scratchNeeded } from '../lane/schedule.js';
import { freeSpaceAt } from '../machine/free-space.js';
import type { FileSystem } from '../machine/file-system.js';
import { formatOf } from '../shard/registry.js';
import type { Plan } from './plan.js';
import type { DiskRoom } from './result.js';
import { isRouted } from './thread-plan.js';

/** Of what a row takes on a server, its header, and a few numbers that go up evenly: files hardly have more for them than nothing. */
const rowOverhead = 48;

/** Rows that wait as Arrow has them are hardly smaller than on the server, unless the file system compresses. */
const spooled = { least: 0.2, expected: 1 } as const;

/** Keys of rows are as many as rows are guessed. */
const keys = { least: 0.5, expected: 1 } as const;

/** So little is worth a word, whatever the run will take. */
const hardlyAnything = 64 * 1024 * 1024;

/** Bytes: `least`, nearly surely no less; `expected`, of tables whose size is known; `unknown`, names of the others. */
export interface Need {
  readonly least: number;
  readonly expected: number;
  readonly unknown: readonly string[];
}

export const nothing: Need = { least: 0, expected: 0, unknown: [] };

/** What a run is, for the question whether there is room for it. */
interface RoomRequest {
  readonly source: Pick<OpenSource, 'tables'>;
  readonly lanes: number;
  readonly destination: Destination;
  readonly fs: FileSystem;
  /** Only what is new is read: nobody knows how much. */
  readonly increment: boolean;
}

/** The disks that a run writes to, with what is free there and what it takes at a time. Where nothing can be told there is none. */
export function roomOf(plan: Plan, request: RoomRequest): Promise<readonly DiskRoom[]> {
  const needs = { files: filesNeed(plan, request), scratch: scratchNeed(plan, request) };
  return disksFor(needs, { ...request, folder: plan.scratch });
}

/** @param where `folder`: of scratch files; undefined: where versions are made, or the system's */
export async function disksFor(
  { files, scratch }: { readonly files: Need; readonly scratch: Need },
  { destination, fs, folder }: Pick<RoomRequest, 'destination' | 'fs'> & { readonly folder: string | undefined },
): Promise<readonly DiskRoom[]> {
  const forFiles = await destination.freeSpace();
  const waits = scratch.expected > 0 || scratch.unknown.length > 0;
  const forScratch = freeSpaceAt(fs, folder ?? destination.scratchRoot ?? tmpdir());
  if (waits && forFiles !== undefined && forFiles.disk === forScratch?.disk)
    return [diskRoom(forFiles, ['files', 'scratch'], addNeeds([files, scratch]))];
  return [
    ...(forFiles === undefined ? [] : [diskRoom(forFiles, ['files'], files)]),
    ...(forScratch === undefined || !waits ? [] : [diskRoom(forScratch, ['scratch'], scratch)]),
  ];
}

function diskRoom({ place, bytes }: FreeSpace, holds: DiskRoom['holds'], need: Need): DiskRoom {
  const [leastBytes, expectedBytes] = [Math.floor(need.least), Math.ceil(need.expected)];
  return { place, holds, freeBytes: bytes, leastBytes, expectedBytes, unknown: need.unknown };
}

/** What else helps where a snapshot has no room. */
export const readLess =
  "Or read less (--limit, --sample). Sizes are what the server's statistics say: if they are old, ANALYZE renews them.";

/**
 * Refuses a run only where it is nearly sure that it would not end well.
 * @param advice what else helps than room
 * @returns warnings, where it may not
 * @throws destination.full, scratch.full
 */
export function judgeRoom(rooms: readonly DiskRoom[], advice: string): readonly string[] {
  const short = rooms.find(({ leastBytes, freeBytes }) => leastBytes > freeBytes);
  if (short !== undefined) throw noRoom(short, advice);
  return rooms.flatMap(({ place, holds, freeBytes, expectedBytes, unknown }) => {
    const [free, what] = [formatBytes(freeBytes), holdsText(holds)];
    const ending = 'where that is not enough the run fails and leaves nothing';
    if (expectedBytes > freeBytes)
      return [
        `${free} are free at ${place}, and about ${formatBytes(expectedBytes)} are expected to be needed for ${what}: ${ending}`,
      ];
    if (unknown.length === 0 || freeBytes >= hardlyAnything) return [];
    return [`only ${free} are free at ${place} for ${what}, and it is not known how much is needed: ${ending}`];
  });
}

function noRoom({ place, holds, freeBytes, leastBytes, expectedBytes }: DiskRoom, advice: string): TidemarkError {
  const elsewhere = {
    files: 'a folder on a larger disk or an s3:// location with --out',
    scratch: 'a folder on a disk with room with --scratch',
  };
  const figures = `at least ${formatBytes(leastBytes)} are needed for ${holdsText(holds)}, probably about ${formatBytes(expectedBytes)}`;
  return new TidemarkError(
    holds.includes('files') ? 'destination.full' : 'scratch.full',
    `${formatBytes(freeBytes)} are free at ${place}, and ${figures}`,
    {
      hint: `No row was read. Free some space, or give ${holds.map((one) => elsewhere[one]).join(', ')}. ${advice}`,
    },
  );
}

const holdsText = (holds: DiskRoom['holds']): string =>
  holds.map((one) => (one === 'files' ? 'files' : 'scratch data')).join(' and ');

/** What stays: shards, and keys of rows beside them. */
function filesNeed(plan: Plan, { source, increment }: RoomRequest): Need {
  const share = formatOf(plan.format).shareOfSource(plan.compression);
  return addNeeds(
    source.tables.map((table, index) => {
      const values = valuesOf(plan, table, index);
      if (values === undefined || increment) return unknownNeed(table);
      return addNeeds([times(values, share), ...(plan.tracksDeletes ? [times(values.keys, keys)] : [])]);
    }),
  );
}

/** What lies there until the run ends: rows that are told apart, and keys; or ranges that are read ahead, which may be none. */
function scratchNeed(plan: Plan, { source: { tables }, lanes, increment }: RoomRequest): Need {
  const routed = isRouted(plan, tables);
  const { expected } = formatOf(plan.format).shareOfSource(plan.compression);
  const ahead = routed || increment ? 0 : scratchNeeded(tables, lanes) * expected;
  if (!routed && !plan.tracksDeletes) return { ...nothing, expected: ahead };
  const needs = tables.map((table, index) => {
    const values = valuesOf(plan, table, index);
    if (values === undefined || increment) return unknownNeed(table);
    return addNeeds([
      ...(routed ? [times(values, spooled)] : []),
      ...(plan.tracksDeletes ? [times(values.keys, { least: 0, expected: 1 })] : []),
    ]);
  });
  return addNeeds([...needs, { ...nothing, expected: ahead }]);
}

const unknownNeed = ({ name }: TablePlan): Need => ({ ...nothing, unknown: [name] });

/** Bytes that a table's rows take on the server; undefined: not known, as of queries and views. */
function valuesOf(
  plan: Plan,
  { columns, estimatedRows: rows, sourceBytes, rowBytes }: TablePlan,
  index: number,
): (Omit<Need, 'unknown'> & { readonly keys: Omit<Need, 'unknown'> }) | undefined {
  if (rows === 0) return { least: 0, expected: 0, keys: nothing };
  if (rows === undefined || sourceBytes === undefined) return undefined;
  const { sample } = plan.tables[index]!;
  const share = sample === undefined ? 1 : sample.below / 1e9;
  const filled = rowBytes === undefined ? undefined : Math.min(sourceBytes, rows * rowBytes);
  const limited = plan.source.tables[index]!.limit !== undefined;
  // What is masked may be what takes all the bytes.
  const masked = columns.some(({ mask }) => mask !== undefined);
  const least = masked || filled === undefined ? 0 : Math.max(0, filled - rows * rowOverhead);
  const ofKeys = rows * bytesOfRowKey * share;
  return {
    least: least * share,
    expected: ((limited ? filled : undefined) ?? sourceBytes) * share,
    keys: { least: ofKeys, expected: ofKeys },
  };
}

const times = (values: Omit<Need, 'unknown'>, share: Omit<Need, 'unknown'>): Need => ({
  least: values.least * share.least,
  expected: values.expected * share.expected,
  unknown: [],
});

const addNeeds = (needs: readonly Need[]): Need => ({
  least: needs.reduce((sum, { least }) => sum + least, 0),
  expected: needs.reduce((sum, { expected }) => sum + expected, 0),
  unknown: [...new Set(needs.flatMap(({ unknown }) => unknown))],
});
