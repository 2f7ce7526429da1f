import { findReplacedRows } from '../compact/replaced-rows.js';
import { tablesOf, targetPlan, withoutReplaced } from '../compact/merged-tables.js';
import { sumFacts } from '../core/facts.js';
import { readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { shardsKind, type ShardsTicket } from '../lane/shard-source.js';
import { spooledRowKeys } from '../lane/spooled-records.js';
import { unwrittenStart } from '../lane/unwritten.js';
import { laneOptionsOf, withLanes } from '../snapshot/lane-options.js';
import type { Plan } from '../snapshot/plan.js';
import { rowGroupLimitsOf } from '../snapshot/thread-plan.js';
import { chooseThreads, keyedMergeNeeds, mergeNeeds } from '../snapshot/threads.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { CountedRows } from './counted-rows.js';
import type { Around } from './read-source.js';
import type { Room } from './rooms.js';

export interface VersionReading extends Pick<Plan, 'lanes' | 'memory'> {
  readonly room: Room;
  /** By name of a table, the columns that tell its rows; none: every row is its own. */
  keyOf(table: string): readonly string[];
}

/**
 * Reads the rows of a version and of all that it inherits, without those that were replaced, and writes nothing.
 * @param chain oldest first
 * @throws verification.failed where files are not as they are listed; the signal's reason
 */
export async function readVersions(
  chain: readonly FoundVersion[],
  { room, keyOf, ...budget }: VersionReading,
  { ports, events, signal }: Around,
): Promise<readonly CountedRows[]> {
  const { version } = chain.at(-1)!.manifest;
  const { tables: chained, stored } = tablesOf(chain);
  const destination = ports.destinationOf(chain[0]!.place.folder).kind;
  const found = { destination, format: version.format, stored };
  const leftOut = await findReplacedRows(chained, {
    ...{ ticket: found, chain, scratch: room.scratch, signal },
    onRows: (rows) => events.listener({ type: 'counting', rows }),
  });
  const tables = chained.map((table) => withoutReplaced(table, leftOut, version));
  const targets = tables.flatMap((table) =>
    table.targets.map((target) => ({ table, plan: targetPlan(table, target) })),
  );
  const plans = targets.map(({ plan }) => plan);
  const needs = leftOut === undefined ? mergeNeeds : keyedMergeNeeds;
  const threads = { ...chooseThreads(budget, { tables: plans, maxLanes: Infinity }, needs), encodersPerLane: 0 };
  const estimatedRows = plans.reduce((sum, plan) => sum + (plan.estimatedRows ?? 0), 0);
  events.listener({ type: 'opened', tables: tables.length, estimatedRows, lanes: threads.lanes });
  const start: Omit<LaneStart, 'encoders'> = {
    ...unwrittenStart,
    ...{ sourceKind: shardsKind, ticket: { ...found, leftOut } satisfies ShardsTicket, scratch: room.ticket },
    ...{ retryFor: 0, tables: plans, misfits: version.misfits, digest: true },
    rowKeys: targets.map(({ table }) => keyOf(table.told.name)),
    limits: rowGroupLimitsOf(unwrittenStart),
    shardNames: plans.map(({ name }) => name),
  };
  const { ranges, groups } = await withLanes(ports, (lanes) =>
    readAllRanges(start, laneOptionsOf(threads, neverLost, { ports, lanes, events, signal })),
  );
  return tables.map((table): CountedRows => {
    const { columns, told } = table;
    const own = targets.flatMap((target, index) => (target.table === table ? [index] : []));
    const facts = groups
      .filter((group) => own.includes(group.table))
      .flatMap(({ shards }) => shards.map((one) => one.facts));
    const pieces = own.flatMap((index) => spooledRowKeys(ranges, index));
    return {
      name: told.name,
      columns,
      facts: sumFacts(columns.length, facts),
      records: { pieces, scratch: room.scratch },
    };
  });
}

/** Files do not go away as a connection does. */
const neverLost = new Promise<never>(() => undefined);
