import { TidemarkError } from '../core/errors.js';
import { type Facts, noFacts, sumFacts } from '../core/facts.js';
import type { Range, TablePlan } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import { type CoordinatorOptions, readAllRanges } from './coordinator.js';
import type { GroupReceipt, LaneStart, RangeReceipt } from './messages.js';
import type { Spool, SpooledTarget } from './spool.js';
import { entitiesTarget } from './stage.js';
import { inOrder, spooledEntities, type SpooledRecords } from './spooled-records.js';
import { spoolKind, type SpooledPiece, spooledRange } from './spool-source.js';

/** A target of a table, and what its rows became. */
export interface TargetReceipt {
  /** Index of the table. */
  readonly table: number;
  readonly key: string;
  readonly groups: readonly GroupReceipt[];
}

export interface TargetReceipts {
  readonly ranges: readonly RangeReceipt[];
  /** By table, then by key. Facts of shards tell no misfits: those are of tables. */
  readonly targets: readonly TargetReceipt[];
  /** By table: facts that tell its misfits, by column, and its broken rules, and nothing else. */
  readonly told: readonly Facts[];
  readonly entities: readonly SpooledRecords[];
}

export interface TargetsOptions extends Omit<CoordinatorOptions, 'intoSpools'> {
  /** Name of a target's shards but for `{table}`, `{index}` and the format's ending: another one for every target. */
  shardNameOf(table: number, key: string): string;
}

/**
 * Has all ranges read once, their rows spooled by target, and then every target written from the spools, its ranges in their
 * order: row groups are as large as those of a table, however many targets there are. What is written depends on the rows
 * alone, and not on lanes.
 */
export async function writeTargets(
  start: Omit<LaneStart, 'encoders'>,
  { shardNameOf, ...options }: TargetsOptions,
): Promise<TargetReceipts> {
  let total = { rows: 0, bytesRead: 0 };
  const { ranges, entities, told } = await spoolRanges(start, {
    ...options,
    listener(event) {
      if (event.type === 'progress') total = { rows: event.rows, bytesRead: event.bytesRead };
      options.listener(event);
    },
  });
  const spooled = targetsOf(start.tables, ranges);
  if (spooled.length === 0) return { ranges, targets: [], told, entities };
  const tables = spooled.map((target) => targetPlan(target, start.shardSize));
  const shardNames = spooled.map(({ table, key }) => shardNameOf(table, key));
  const { groups } = await readAllRanges(
    { ...start, sourceKind: spoolKind, ticket: undefined, tables, shardNames, routes: [], checks: [], rowKeys: [] },
    {
      ...options,
      // Files need no connection: what encoded for lanes before are lanes now.
      lanes: options.lanes * (1 + options.encodersPerLane),
      encodersPerLane: 0,
      // Rows that were read once count once.
      listener: (event) => options.listener(event.type === 'progress' ? { ...event, ...total } : event),
    },
  );
  return { ranges, targets: receiptsOf(spooled, groups), told, entities };
}

/** Has all ranges read once, and their rows and entities spooled. */
export async function spoolRanges(
  start: Omit<LaneStart, 'encoders'>,
  options: Omit<CoordinatorOptions, 'intoSpools'>,
): Promise<Pick<TargetReceipts, 'ranges' | 'entities' | 'told'>> {
  assertRouted(start);
  const { ranges } = await readAllRanges(start, { ...options, intoSpools: true });
  const told = start.tables.map((table, index) => toldOf(table, index, ranges));
  return { ranges, entities: spooledEntities(ranges), told };
}

/** Without a route rows come encoded, which is no form to read them again from. @throws internal.bug */
function assertRouted({ tables, routes = [] }: Pick<LaneStart, 'tables' | 'routes'>): void {
  const [missing] = tables.filter((_, index) => routes[index] === undefined);
  if (missing !== undefined) throw new TidemarkError('internal.bug', `the rows of ${missing.name} have no route`);
}

function toldOf({ columns }: TablePlan, table: number, ranges: readonly RangeReceipt[]): Facts {
  const width = writtenColumns(columns).length;
  return sumFacts(
    width,
    inOrder(ranges, table).flatMap(({ spool }) =>
      spool?.told === undefined ? [] : [{ ...noFacts(width), ...spool.told }],
    ),
  );
}

/** All that was spooled of one target. */
export interface SpooledOfTarget {
  readonly table: number;
  readonly key: string;
  readonly plan: TablePlan;
  /** In the order of the ranges that they come from. */
  readonly pieces: readonly (SpooledPiece & Pick<SpooledTarget, 'rows' | 'bytes'>)[];
}

/** By table, then by key. */
export function targetsOf(tables: readonly TablePlan[], ranges: readonly RangeReceipt[]): SpooledOfTarget[] {
  return tables.flatMap((table, index) => {
    // One array for all targets of a table: what is made for its columns serves them all.
    const plan = { ...table, columns: writtenColumns(table.columns) };
    const pieces = new Map<string, SpooledOfTarget['pieces'][number][]>();
    for (const { name, index: at, targets } of inOrder(ranges, index).map(({ spool }) => spool as Spool)) {
      for (const { key, ...piece } of targets) {
        if (key.startsWith(entitiesTarget)) continue;
        const before = pieces.get(key);
        if (before === undefined) pieces.set(key, [{ name, index: at, ...piece }]);
        else before.push({ name, index: at, ...piece });
      }
    }
    const keys = [...pieces.keys()].sort((a, b) => (a < b ? -1 : 1));
    return keys.map((key) => ({ table: index, key, plan, pieces: pieces.get(key)! }));
  });
}

/** Of a target that may need several files, ranges are as large as this, in Arrow's bytes, and a sample as that. */
const rangeBytes = 64 * 1024 * 1024;
const sampleBytes = 1024 * 1024;

/** A target as if it were a table. */
function targetPlan({ plan, pieces }: SpooledOfTarget, shardSize: number): TablePlan {
  const sourceBytes = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const ranges = rangesOf(pieces, sourceBytes <= shardSize ? Infinity : rangeBytes);
  const { name, table, query, columns } = plan;
  const estimatedRows = pieces.reduce((sum, { rows }) => sum + rows, 0);
  const sample = ranges.length > 1 ? { sample: sampleOf(pieces[0]!) } : {};
  return { name, table, query, columns, ranges, ...sample, estimatedRows, sourceBytes };
}

/** Consecutive pieces together, as long as they have no more than `most` bytes. */
function rangesOf(pieces: SpooledOfTarget['pieces'], most: number): Range[] {
  const ranges: Range[] = [];
  let [first, bytes] = [0, 0];
  for (const [index, piece] of pieces.entries()) {
    bytes += piece.bytes;
    const next = pieces[index + 1];
    if (next !== undefined && bytes + next.bytes <= most) continue;
    const some = pieces.slice(first, index + 1);
    ranges.push(spooledRange(`rows of ${some.length} ranges`, some.map(pieceOf), bytes));
    [first, bytes] = [index + 1, 0];
  }
  return ranges;
}

const pieceOf = ({ name, index, first, runs }: SpooledPiece): SpooledPiece => ({ name, index, first, runs });

function sampleOf(piece: SpooledOfTarget['pieces'][number]): NonNullable<TablePlan['sample']> {
  const runs = Math.max(1, Math.floor((piece.runs * sampleBytes) / Math.max(piece.bytes, sampleBytes)));
  const bytes = (piece.bytes * runs) / piece.runs;
  return { ranges: [spooledRange('a sample', [{ ...pieceOf(piece), runs }], bytes)], bytes };
}

function receiptsOf(spooled: readonly SpooledOfTarget[], groups: readonly GroupReceipt[]): TargetReceipt[] {
  const receipts = spooled.map(({ table, key }) => ({ table, key, groups: [] as GroupReceipt[] }));
  for (const { table: index, group, shards } of groups) {
    const target = receipts[index]!;
    const { table } = target;
    target.groups.push({ table, group, shards: shards.map((shard) => ({ ...shard, table })) });
  }
  return receipts;
}
