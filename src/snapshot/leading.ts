import type { DraftObjects } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { OpenSource } from '../core/source.js';
import { type CoordinatorOptions, type LaneReceipts, readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { keyFingerprint } from '../mask/hashed-texts.js';
import { readTogether } from '../member/leader.js';
import type { SharedPlan } from '../member/words.js';
import { openScratch } from '../scratch/files.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';
import type { RunEvents } from './run-events.js';
import { tool } from './tool.js';

/** How file groups of a run are read. */
export type ReadGroups = (start: Omit<LaneStart, 'encoders'>, options: CoordinatorOptions) => Promise<LaneReceipts>;

interface LeadingTools {
  readonly source: Pick<OpenSource, 'maxLanes' | 'laneMemory'>;
  readonly ports: Ports;
  readonly events: RunEvents;
  readonly objects: DraftObjects;
  /** Of the draft. */
  readonly board: string | undefined;
}

/** By the own lanes, and those of other members where there are any. */
export function groupsReader(plan: Plan, { source, ports, events, objects, board }: LeadingTools): ReadGroups {
  const { member, out } = plan;
  if (member === undefined || board === undefined) return readAllRanges;
  return async (start, options) => {
    const { share } = await ports.loadSource(start.sourceKind);
    if (share === undefined) throw new TidemarkError('internal.bug', `no ticket of ${start.sourceKind} can be shared`);
    const { ticket, draft, scratch } = start;
    const { maxLanes, laneMemory } = source;
    return readTogether(start, options, {
      shared: {
        ...{ tool: tool.version, command: plan.command, members: member.count, out },
        ...{ maskKey: keyFingerprint(plan.masks.key), thread: withoutSecrets(start), ticket: share(ticket), draft },
        lanes: { maxLanes, ...(laneMemory !== undefined && { laneMemory }) },
      },
      store: await ports.destinationOf(out).loadStore(),
      ...{ board, objects, patience: member.patience },
      scratch: openScratch(ports.machine.fs, scratch),
      clock: ports.machine.clock,
      warn: (text) => events.warn(text),
    });
  };
}

/** What threads of other machines need to know; what else they start with is their own, or shared by itself. */
const withoutSecrets = ({
  ticket: _ticket,
  draft: _draft,
  scratch: _scratch,
  retryFor: _retryFor,
  rate: _rate,
  maskKey: _maskKey,
  ...thread
}: Omit<LaneStart, 'encoders'>): SharedPlan['thread'] => thread;
