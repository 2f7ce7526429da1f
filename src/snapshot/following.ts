import { tmpdir } from 'node:os';
import type { Destination, VersionStore } from '../core/destination.js';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import type { JoinedSource } from '../core/source.js';
import { newRate } from '../lane/rate-limit.js';
import { manifestName } from '../manifest/encode.js';
import { parseManifest } from '../manifest/parse.js';
import type { Manifest } from '../manifest/shape.js';
import { keyFingerprint } from '../mask/hashed-texts.js';
import { lostLeader, writeForLeader } from '../member/follower.js';
import { lookEvery } from '../member/leader.js';
import { decodeWord, planName, type SharedPlan } from '../member/words.js';
import { openScratch } from '../scratch/files.js';
import { makeScratch, removeScratch } from '../scratch/folder.js';
import { connectDestination } from './destination.js';
import { laneOptionsOf, withLanes } from './lane-options.js';
import { maskKeyVariable } from '../core/variables.js';
import { type Membership, type Plan, plannedVersions } from './plan.js';
import type { Ports } from './ports.js';
import type { SnapshotResult } from './result.js';
import { resultOf } from './result-of-run.js';
import { differenceOf } from './same-request.js';
import { warnOfScratch } from './publish-in-draft.js';
import type { RunEvents } from './run-events.js';
import { withLongestRow } from './thread-plan.js';
import { chooseThreads } from './threads.js';
import { tool } from './tool.js';

interface Surroundings {
  readonly ports: Ports;
  readonly events: RunEvents;
  readonly signal: AbortSignal;
}

/** What a member other than the first one works with. */
interface Following extends Surroundings {
  readonly plan: Plan & { readonly member: Membership };
  readonly destination: Destination;
  readonly store: VersionStore;
}

/** So many times a member's patience is waited for member 0 to begin, and to publish when all is written. */
const longWait = 10;

/**
 * Writes what member 0 deals out, and ends when the version is there.
 * @throws request.invalid where member 0 makes something else; member.lost where there is no member 0, or it ends without a version
 */
export async function followRun(
  plan: Following['plan'],
  { ports, events, signal }: Surroundings,
): Promise<SnapshotResult> {
  const destination = await connectDestination({ ...plan, versions: plannedVersions(plan) }, ports);
  const store = await ports.destinationOf(plan.out).loadStore();
  const following: Following = { plan, destination, store, ports, events, signal };
  const waited = await untilBegun(following);
  if ('made' in waited) return waited.made;
  const { board, shared } = waited;
  assertSameRun(shared, following);
  try {
    await withLanes(ports, (lanes) => write(following, { board, shared, lanes }));
    return await untilPublished(following, board);
  } catch (error) {
    const isOver = await isGone(store, board);
    // What was written for a run that had gone already goes, too: one who was stopped for a while does not know that.
    if (isOver) await destination.recover([plan.dataset]).catch(() => undefined);
    if (signal.aborted) throw error;
    // Others may have written all before this one could: then its part of the run is over.
    const made = await madeVersion(following).catch(() => undefined);
    if (made) return made;
    const isTold = !isOver || TidemarkError.from(error).code === 'member.lost';
    throw isTold ? error : lostLeader('member 0 has ended without a version');
  } finally {
    if (await isGone(store, board)) await store.removeFolder(board).catch(() => undefined);
  }
}

/** The run has ended, in one way or another. */
const isGone = async (store: VersionStore, board: string): Promise<boolean> =>
  (await store.read(store.join(board, planName)).catch(() => 'unknown')) === undefined;

type Begun = { readonly made: SnapshotResult } | { readonly board: string; readonly shared: SharedPlan };

async function untilBegun(following: Following): Promise<Begun> {
  const { plan, destination, store, ports, events, signal } = following;
  const { clock } = ports.machine;
  const longest = longWait * plan.member.patience;
  const until = clock.now() + longest;
  const place = destination.locationOf(plan);
  events.listener({
    type: 'waiting',
    message: `for member 0 to begin ${place}, for up to ${Math.round(longest / 1000)} s`,
  });
  let isSeen = false;
  for (;;) {
    const board = await destination.findBoard(plan);
    isSeen ||= board !== undefined;
    const location = board && store.join(board, planName);
    const bytes = location && (await store.read(location));
    if (bytes) return { board: board!, shared: decodeWord<SharedPlan>(bytes, location!) };
    const made = board === undefined ? await madeVersion(following) : undefined;
    if (made) return { made };
    if (isSeen && board === undefined) throw lostLeader('member 0 has ended before it had planned');
    if (clock.now() > until)
      throw new TidemarkError('member.lost', `no member 0 makes ${place}`, {
        hint: 'Start all members with the same options, and one of them as --member 0/n. {date} in the name of a version may differ around midnight: give --date.',
      });
    await clock.sleep(lookEvery, signal);
  }
}

/** @throws request.invalid */
function assertSameRun(shared: SharedPlan, { plan }: Following): void {
  const own = {
    tool: tool.version,
    members: plan.member.count,
    out: plan.out,
    maskKey: keyFingerprint(plan.masks.key),
  };
  const say: Readonly<Record<keyof typeof own, (there: string, here: string) => string>> = {
    tool: (there, here) => `member 0 is Tidemark ${there}, and this is ${here}`,
    members: (there, here) => `member 0 counts ${there} members, and this one ${here}`,
    out: (there, here) => `member 0 writes to ${there}, and this one to ${here}`,
    maskKey: () => `member 0 has another key of masks (${maskKeyVariable})`,
  };
  for (const key of Object.keys(say) as (keyof typeof own)[]) {
    const [there, here] = [shared[key], own[key]];
    if (there !== here) throw otherRun(say[key](String(there), String(here)));
  }
  const difference = differenceOf(shared.command, plan.command);
  if (difference !== undefined)
    throw otherRun(`member 0 was started with ${difference.there}, and this one with ${difference.here}`);
}

const otherRun = (why: string): TidemarkError =>
  invalidRequest(
    `member: ${why}`,
    'Start all members of a run with the same version of the tool, the same options and the same variables.',
  );

async function write(
  { plan, store, ports, events, signal }: Following,
  {
    board,
    shared,
    lanes,
  }: {
    readonly board: string;
    readonly shared: SharedPlan;
    readonly lanes: Parameters<Parameters<typeof withLanes>[1]>[0];
  },
): Promise<void> {
  const { machine } = ports;
  const { thread } = shared;
  const { join } = await ports.loadSource(thread.sourceKind);
  if (join === undefined) throw new TidemarkError('internal.bug', `no ticket of ${thread.sourceKind} can be joined`);
  const scratch = makeScratch(machine, plan.scratch ?? tmpdir());
  const lastResort = (): void => void removeScratch(machine.fs, scratch);
  process.once('exit', lastResort);
  let joined: JoinedSource | undefined;
  try {
    joined = await join(shared.ticket, plan.source, signal);
    const source = { tables: thread.tables, ...shared.lanes };
    const threads = chooseThreads(plan, source);
    events.listener({ type: 'opened', tables: thread.tables.length, estimatedRows: undefined, lanes: threads.lanes });
    const never = new Promise<never>(() => undefined);
    const start = {
      ...{
        ...withLongestRow(thread, plan, { threads, source }),
        maskKey: plan.masks.key?.reveal(),
        retryFor: plan.retryFor,
      },
      rate: newRate(plan.maxRate),
      ...{ ticket: joined.ticket, draft: shared.draft, scratch },
    };
    const room = openScratch(machine.fs, scratch);
    await writeForLeader(start, laneOptionsOf(threads, never, { ports, lanes, events, signal }), {
      ...{ store, board, id: `${plan.member.index}-${plan.run}`, patience: plan.member.patience },
      ...{ clock: machine.clock, fs: machine.fs, scratchPath: (name) => room.pathOf(name) },
    });
  } finally {
    await joined?.close();
    process.off('exit', lastResort);
    warnOfScratch(removeScratch(machine.fs, scratch), events);
  }
}

/** What this member wrote is in it. */
async function untilPublished(following: Following, board: string): Promise<SnapshotResult> {
  const { plan, store, ports, signal } = following;
  const { clock } = ports.machine;
  const until = clock.now() + longWait * plan.member.patience;
  for (;;) {
    const isOver = (await store.read(store.join(board, planName))) === undefined;
    const made = await madeVersion(following);
    if (made) return made;
    if (isOver || clock.now() > until) throw lostLeader('all was written, and member 0 has not published it');
    await clock.sleep(lookEvery, signal);
  }
}

/**
 * Undefined: it is not there.
 * @throws request.version-exists where something else was made than what this member was to help with
 */
async function madeVersion({ plan, destination, store, events }: Following): Promise<SnapshotResult | undefined> {
  const location = store.join(destination.locationOf(plan), manifestName(plan.version));
  const bytes = await store.read(location);
  if (bytes === undefined) return undefined;
  const { manifest } = parseManifest(bytes, location);
  const why = whyOther(manifest, plan);
  if (why === undefined) return resultOf([manifest], destination, events);
  throw new TidemarkError('request.version-exists', `${manifest.version.uri} exists at ${location}: ${why}`, {
    hint: 'Versions are never changed. Give this one another name.',
  });
}

/** Why a version is none that this member was to help with; undefined: it is. */
function whyOther({ run: { command, members } }: Manifest, plan: Plan): string | undefined {
  const difference = differenceOf(command, plan.command);
  if (difference !== undefined)
    return `it was made with ${difference.there}, and this member was started with ${difference.here}`;
  return members === undefined ? 'one machine has made it alone' : undefined;
}
