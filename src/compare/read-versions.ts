import { type ChainTable, type MergedTable, targetPlan } from '../compact/merged-tables.js';
import { type Around, fileLaneOptions, fileThreads, type OpenChain } from '../compact/open-chain.js';
import { sumFacts } from '../core/facts.js';
import type { SampledOneIn } from '../core/sketch/batch-sketch.js';
import type { TablePlan } from '../core/source.js';
import { type Column, writtenColumns } from '../core/types.js';
import { type CoordinatorOptions, readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import type { Lanes } from '../lane/running-lane.js';
import { shardsKind } from '../lane/shard-source.js';
import { type SpooledRecords, spooledRowKeys, spooledSketches } from '../lane/spooled-records.js';
import { type SpooledOfTarget, spoolRanges, targetsOf } from '../lane/targets.js';
import { unwrittenStart } from '../lane/unwritten.js';
import type { Among } from '../partition/among.js';
import type { Route } from '../partition/router.js';
import { withLanes } from '../snapshot/lane-options.js';
import { rowGroupLimitsOf } from '../snapshot/thread-plan.js';
import { compareNeeds, type LaneBudget } from '../snapshot/threads.js';
import type { CountedRows } from './counted-rows.js';
import type { Room } from './rooms.js';

/** What is read of a table. */
export interface WantedTable {
  /** Columns that tell its rows; none: every row is its own. */
  readonly key: readonly string[];
  /** Columns that are compared, the key among them; undefined: all. */
  readonly columns: ReadonlySet<string> | undefined;
  /** Of how many rows one is sampled; undefined: it is not looked at how values lie. */
  readonly sketches?: SampledOneIn | undefined;
}

/** By name, the tables that are read, and what of them. */
export type WantedTables = ReadonlyMap<string, WantedTable>;

export interface VersionReading extends LaneBudget {
  readonly room: Room;
  readonly tables: WantedTables;
}

/** Rows of a table of a version. */
export interface VersionRows extends CountedRows {
  /** Records of how values lie; none: nobody asked. */
  readonly sketches: readonly SpooledRecords[];
}

/**
 * Reads the rows of a version and of all that it inherits, and writes nothing.
 * @throws verification.failed where files are not as they are listed; the signal's reason
 */
export async function readVersions(
  chain: OpenChain,
  reading: VersionReading,
  around: Around,
): Promise<readonly VersionRows[]> {
  const { tables, targets, start, optionsOf } = prepare(chain, reading, around);
  const wanted = targets.map(({ table }) => reading.tables.get(table.told.name)!);
  const counting = { rowKeys: wanted.map(({ key }) => key), sketches: wanted.map(({ sketches }) => sketches) };
  const { ranges, groups } = await withLanes(around.ports, (lanes) =>
    readAllRanges({ ...start, ...counting }, optionsOf(lanes)),
  );
  return tables.map((table): VersionRows => {
    const own = targets.flatMap((target, index) => (target.table === table ? [index] : []));
    const columns = writtenColumns(wantedColumns(table, reading));
    const facts = groups
      .filter((group) => own.includes(group.table))
      .flatMap(({ shards }) => shards.map((shard) => shard.facts));
    return {
      name: table.told.name,
      columns,
      facts: sumFacts(columns.length, facts),
      records: { pieces: own.flatMap((index) => spooledRowKeys(ranges, index)), room: reading.room },
      sketches: own.flatMap((index) => spooledSketches(ranges, index)),
    };
  });
}

/** Rows of a table that wait in scratch files, as they are. */
export interface WaitingRows {
  readonly columns: readonly Column[];
  readonly pieces: SpooledOfTarget['pieces'];
  readonly scratch: Room['scratch'];
}

/**
 * The rows of such keys, and a few others whose hashes begin the same.
 * @param amongOf by table
 */
export async function rowsAmong(
  chain: OpenChain,
  amongOf: (table: string) => Among,
  reading: VersionReading,
  around: Around,
): Promise<ReadonlyMap<string, WaitingRows>> {
  const { tables, targets, start, optionsOf } = prepare(chain, reading, around);
  const routes = targets.map(({ table }): Route => ({ among: amongOf(table.told.name), entities: false }));
  const { ranges } = await withLanes(around.ports, (lanes) => spoolRanges({ ...start, routes }, optionsOf(lanes)));
  const spooled = targetsOf(start.tables, ranges);
  return new Map(
    tables.map((table) => {
      const own = spooled.filter((target) => targets[target.table]!.table === table);
      const columns = writtenColumns(wantedColumns(table, reading));
      return [table.told.name, { columns, pieces: own.flatMap(({ pieces }) => pieces), scratch: reading.room.scratch }];
    }),
  );
}

/** What lanes need to read the files of a chain. */
interface Prepared {
  readonly tables: readonly MergedTable[];
  /** By table of the start. */
  readonly targets: readonly { readonly table: MergedTable; readonly plan: TablePlan }[];
  readonly start: Omit<LaneStart, 'encoders'>;
  optionsOf(lanes: Lanes): CoordinatorOptions;
}

function prepare(
  { newest, tables: all, ticket }: OpenChain,
  { room, tables: wanted, ...budget }: VersionReading,
  around: Around,
): Prepared {
  const tables = all.filter(({ told }) => wanted.has(told.name));
  const targets = tables.flatMap((table) => {
    const columns = wantedColumns(table, { tables: wanted });
    return table.targets.map((target) => ({ table, plan: { ...targetPlan(table, target), columns } }));
  });
  const plans = targets.map(({ plan }) => plan);
  const work = { needs: compareNeeds, tables: tables.length, targets: plans };
  const threads = fileThreads('comparing', budget, work, around.events);
  return {
    tables,
    targets,
    start: {
      ...unwrittenStart,
      ...{ sourceKind: shardsKind, ticket, scratch: room.ticket },
      ...{ retryFor: 0, tables: plans, misfits: newest.manifest.version.misfits, digest: true },
      limits: rowGroupLimitsOf(unwrittenStart),
      // A name of its own for each: no two files are one.
      shardNames: plans.map((_, index) => String(index)),
    },
    optionsOf: (lanes) => fileLaneOptions(threads, lanes, around),
  };
}

/** Columns that nobody wants are read, and not looked at. */
function wantedColumns({ told, columns }: ChainTable, { tables }: Pick<VersionReading, 'tables'>): readonly Column[] {
  const wanted = tables.get(told.name)!.columns;
  if (wanted === undefined) return columns;
  return columns.map((column) => (wanted.has(column.name) ? column : { ...column, hidden: true as const }));
}
