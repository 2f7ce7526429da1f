import type { Around } from '../compact/open-chain.js';
import type { ConsistencyCertificate, ServerInfo } from '../core/source.js';
import { sumFacts } from '../core/facts.js';
import { writtenColumns } from '../core/types.js';
import { readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { newRate } from '../lane/rate-limit.js';
import { unwrittenFormat, unwrittenObjects, unwrittenStart } from '../lane/unwritten.js';
import { laneOptionsOf, withLanes } from '../snapshot/lane-options.js';
import { openSource } from '../snapshot/open-source.js';
import type { Plan } from '../snapshot/plan.js';
import { threadPlanOf, withLongestRow } from '../snapshot/thread-plan.js';
import { chooseThreads, needsOf } from '../snapshot/threads.js';
import { untilUnlocked } from '../snapshot/until-unlocked.js';
import { writeShards } from '../snapshot/write-shards.js';
import type { CountedRows } from './counted-rows.js';
import type { Room } from './rooms.js';

/** What a source holds now, or at the moment that was asked for. */
export interface ReadSource {
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  readonly tables: readonly CountedRows[];
}

/**
 * Reads a plan's rows at one moment of the source, as a snapshot does, and writes nothing.
 * @throws source.*, data.*; the signal's reason
 */
export function readSource(plan: Plan, room: Room, around: Around): Promise<ReadSource> {
  const { ports, events, signal } = around;
  const patience = { lockWait: plan.lockWait, clock: ports.machine.clock, signal, listener: events.listener };
  return untilUnlocked(() => readOnce(plan, room, around), patience);
}

async function readOnce(plan: Plan, room: Room, { ports, events, signal }: Around): Promise<ReadSource> {
  const source = await openSource(plan, ports, signal, { unloads: events });
  try {
    const threads = chooseThreads(plan, source, needsOf(source));
    events.opened(source, threads);
    const threadPlan = withLongestRow(threadPlanOf(plan, source, undefined), plan, { threads, source });
    const start: Omit<LaneStart, 'encoders'> = {
      ...{ ...threadPlan, ...unwrittenStart },
      rowKeys: source.tables.map(() => []),
      ...{ retryFor: plan.retryFor, rate: newRate(plan.maxRate), ticket: source.ticket, scratch: room.ticket },
    };
    const writing = { format: unwrittenFormat, objects: unwrittenObjects, readGroups: readAllRanges };
    const { tables, evidence } = await withLanes(ports, (lanes) =>
      writeShards(start, plan, laneOptionsOf(threads, source.lost, { ports, lanes, events, signal }), writing),
    );
    const certificate = await source.confirm(evidence);
    const counted = tables.map(({ name, targets, rowKeys }, index): CountedRows => {
      const columns = writtenColumns(source.tables[index]!.columns);
      const facts = targets.flatMap(({ shards }) => shards.map((shard) => shard.facts));
      const records = { pieces: rowKeys, room };
      return { name, columns, facts: sumFacts(columns.length, facts), records };
    });
    return { server: source.server, certificate, tables: counted };
  } finally {
    await source.close();
  }
}
