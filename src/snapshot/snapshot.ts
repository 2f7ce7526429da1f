import { withShortChain } from '../compact/before-run.js';
import type { Destination, Draft } from '../core/destination.js';
import type { ExpectationResult } from '../core/expectation-result.js';
import type { RunListener } from '../core/progress.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import type { Manifest } from '../manifest/shape.js';
import { openScratch } from '../scratch/files.js';
import { splitCautions } from '../partition/check-split.js';
import { connectDestination } from './destination.js';
import type { LaneStart } from '../lane/messages.js';
import { newRate } from '../lane/rate-limit.js';
import type { Lanes } from '../lane/running-lane.js';
import { assertComplete, type Counted, countFirst, type CountingTools, countLive } from './deleted-rows.js';
import { entitiesOf, entityWarning } from './entities.js';
import { surveyEntities } from './exact-split.js';
import { draftTicketOf, type Places, publishInDraft } from './publish-in-draft.js';
import { untilMade } from './until-made.js';
import { untilUnlocked } from './until-unlocked.js';
import { assertExpected, brokenText, checksOf, judgeTables, type LookedAt } from './expectations.js';
import { openSource } from './open-source.js';
import { repeatedKeys } from './repeated-keys.js';
import { type Plan, plannedVersions } from './plan.js';
import { requestHash, resumedPlan } from './resumed.js';
import { installedPorts, type Ports } from './ports.js';
import type { SnapshotResult } from './result.js';
import { judgeRoom, readLess, roomOf } from './room.js';
import { assertOnlyChild, isSameVersion } from './continues.js';
import { continuedPlan, newestOf } from './parent.js';
import type { Parent } from '../version/parent.js';
import { findWholeChain } from '../version/whole-chain.js';
import { assertSameRows, countRows, hasSameColumns, horizonOf, incrementOf, withoutEmptyFiles } from './increment.js';
import { resultOf, unchangedResult } from './result-of-run.js';
import { reuseFiles } from './reused-files.js';
import { type WrittenKeys, writeRowKeys } from './row-key-sidecars.js';
import { keptFiles } from './kept-files.js';
import { followRun } from './following.js';
import { groupsReader } from './leading.js';
import { laneOptionsOf, withLanes } from './lane-options.js';
import { openRegistration, registerMade } from './register.js';
import { RunEvents } from './run-events.js';
import { manifestsOf } from './manifest-of-run.js';
import { chooseThreads, needsOf, type Threads, tightMemory } from './threads.js';
import { likelyWork, threadPlanOf, withLongestRow } from './thread-plan.js';
import { assertWritable } from './writable.js';
import { type WrittenRows, writeShards, type WritingTools } from './write-shards.js';

export interface RunOptions {
  /** Ends the run: everything it wrote is removed, its connections are closed. */
  readonly signal: AbortSignal;
  readonly listener?: RunListener;
  /** Those of this installation unless given. */
  readonly ports?: Ports;
}

/**
 * Makes one dataset version: the story of a run, from the plan to the published files.
 *
 * All or nothing: when it throws, or the signal fires, nothing of the run stays in the outputs folder or bucket.
 * @throws TidemarkError request.invalid, request.version-exists, source.*, destination.*, data.*; the signal's reason
 */
export async function runSnapshot(
  asked: Plan,
  { signal, listener = () => undefined, ports = installedPorts }: RunOptions,
): Promise<SnapshotResult> {
  assertWritable(asked);
  if (asked.member && asked.member.index > 0) {
    const events = new RunEvents(listener, asked.warnings, ports.machine.clock);
    return followRun({ ...asked, member: asked.member }, { ports, events, signal });
  }
  const found = await continuedPlan(asked, ports);
  const shorter = await withShortChain(asked, found.parents, { signal, listener, ports });
  const { plan, parents, before } = shorter === undefined ? found : await continuedPlan(shorter, ports);
  const events = new RunEvents(listener, plan.warnings, ports.machine.clock);
  const destination = await connectDestination({ ...plan, versions: plannedVersions(plan) }, ports);
  const registration = await openRegistration(plan, destination, { ports, signal });
  if (plan.lineage !== undefined && !destination.announces && registration === undefined) events.warn(notRegistered);
  const reports = await destination.recover([plan.dataset], signal);
  for (const { kind, message } of reports) listener({ type: 'recovered', kind, message });
  const resumed = resumedPlan(plan, reports, events);
  const attempt = (): Promise<SnapshotResult> =>
    makeVersion(resumed, destination, { ports, events, signal, parents, before });
  const waiting = { clock: ports.machine.clock, signal, listener };
  const made = await untilMade(() => untilUnlocked(attempt, { ...waiting, lockWait: plan.lockWait }), plan, waiting);
  if (registration !== undefined) await registerMade(registration, made, ports);
  return made;
}

const notRegistered =
  'this version is not registered in Valohai: the platform registers what lies in the outputs folder, and this goes elsewhere (--out); --register does it over the API';

/** What goes with a run. */
interface Around {
  readonly ports: Ports;
  readonly events: RunEvents;
  readonly signal: AbortSignal;
  /** The versions that are gone on from, one for each that is made; empty: all rows are read. */
  readonly parents: readonly Parent[];
  /** The version that may have the same rows. */
  readonly before: Parent | undefined;
}

/** One attempt. When it fails, nothing of it stays. */
async function makeVersion(plan: Plan, destination: Destination, around: Around): Promise<SnapshotResult> {
  const { events, parents, before, ports } = around;
  const manifests = await publishInDraft(
    { ...plan, versions: plannedVersions(plan), shared: plan.member !== undefined },
    { ...around, destination },
    {
      make: (places) =>
        withLanes(ports, (lanes) => read(plan, { ...places, destination }, { ...around, lanes }), likelyWork(plan)),
      // Another run may have gone on from the same version meanwhile.
      async check() {
        for (const [index, parent] of parents.entries()) {
          await assertOnlyChild(plannedVersions(plan)[index]!, parent, plan, ports);
        }
      },
    },
  );
  if (manifests === 'unchanged') return unchangedResult((parents[0] ?? before)!, events);
  return resultOf(manifests, destination, events);
}

/** Opens the source at one moment, has the lanes write all shards, and records what was written. */
async function read(
  given: Plan,
  { draft, scratch, destination }: Places & { readonly destination: Destination },
  { ports, lanes, events, signal, parents, before }: Around & { readonly lanes: Lanes },
): Promise<readonly Manifest[] | 'unchanged'> {
  const parent = parents.length === 0 ? undefined : newestOf(parents).manifest;
  const opened = await openSource(given, ports, signal, { unloads: events });
  try {
    const { plan: asked, source } = keptFiles(given, opened);
    if (source.moment !== undefined) await draft.note({ moment: source.moment, request: requestHash(asked) });
    const isComparable = before !== undefined && hasSameColumns(before.manifest, source.tables);
    const skips = asked.chain?.whenUnchanged !== 'republish';
    if (isComparable && source.isSame && skips) return 'unchanged';
    const added = parent === undefined ? [] : assertSameRows(asked, parent, source.tables);
    added.forEach((column) => events.warn(`${column} was added: in earlier versions it is NULL`));
    const threads = threadsOf(asked, source, events);
    events.opened(source, threads);
    splitCautions(asked.tables, source.tables).forEach((text) => events.warn(text));
    const where = { destination, fs: ports.machine.fs, increment: parent !== undefined };
    const rooms = await roomOf(asked, { source, lanes: threads.lanes, ...where });
    judgeRoom(rooms, readLess).forEach((text) => events.warn(text));
    const draftTicket = draftTicketOf(asked.out, draft, ports);
    const checks = checksOf(asked, source.tables);
    const startOf = (plan: Plan): Omit<LaneStart, 'encoders'> => ({
      ...withLongestRow(threadPlanOf(plan, source, checks), plan, { threads, source }),
      ...{ retryFor: plan.retryFor, rate: newRate(plan.maxRate), ticket: source.ticket, draft: draftTicket, scratch },
    });
    const options = laneOptionsOf(threads, source.lost, { ports, lanes, events, signal });
    const room = openScratch(ports.machine.fs, scratch);
    const survey = await surveyEntities(asked, { source, start: startOf(asked), options, scratch: room });
    const { plan } = survey;
    const start = startOf(plan);
    const writing = await writingTools(plan, start, { source, ports, events, board: draft.board });
    const shards = await writeShards(start, plan, options, writing);
    const tables = parent === undefined ? shards.tables : withoutEmptyFiles(shards.tables);
    const horizon = horizonOf(source, shards, room);
    // Before keys are read once more: that writes scratch files of the same names.
    const entities = entitiesOf(plan, shards.entities, room, survey.entities);
    const tools = { ports, source, start, options, scratch: room, objects: writing.objects };
    const keys = plan.tracksDeletes ? await writeRowKeys(plan, tables, tools) : undefined;
    const repeats = await repeatedKeys(checks, tables, tools);
    const counted = keys && (await countKeys(plan, parents, keys, tools));
    const evidence = [survey, shards, repeats, counted].flatMap((step) => step?.evidence ?? []);
    const certificate = await source.confirm(evidence);
    const expectations = judgeTables(plan, source.tables, {
      checks,
      written: tables,
      repeats: repeats.found,
      earlier: earlierOf(parents, before),
      live: counted?.live,
    });
    warnOfBroken(expectations, events);
    assertExpected(expectations, plan);
    if (counted) assertComplete(source.tables, plan, counted);
    entityWarning(plan, entities).forEach((text) => events.warn(text));
    if (parent !== undefined && countChanges(tables, counted) === 0 && skips) return 'unchanged';
    if (parent === undefined) warnOfNoRows(source.tables, tables, events);
    const recorded = {
      plan,
      source,
      certificate,
      threads,
      events,
      tables,
      counted,
      entities,
      members: shards.members,
      expectations,
      parents: parents.map(({ manifest }) => manifest),
      increment: incrementOf(plan, parent, source, { tables, added }),
      horizon,
      storedAs: writing.format.typeName,
    };
    const manifests = manifestsOf(recorded);
    if (isComparable && skips && isSameVersion(plan, before.manifest, manifests)) return 'unchanged';
    const files = await reuseFiles(plan, tables, before, { ports, objects: writing.objects, signal });
    return files.reused === undefined ? manifests : manifestsOf({ ...recorded, ...files });
  } finally {
    await opened.close();
  }
}

async function writingTools(
  plan: Plan,
  { format, draft }: Pick<LaneStart, 'format' | 'draft'>,
  {
    source,
    ports,
    events,
    board,
  }: Pick<Around, 'ports' | 'events'> & Pick<Draft, 'board'> & { readonly source: OpenSource },
): Promise<WritingTools> {
  const objects = await ports.openObjects(draft);
  return {
    format: await ports.loadFormat(format),
    objects,
    readGroups: groupsReader(plan, { source, ports, events, objects, board }),
  };
}

/** Rows that are new, and keys that are gone. */
function countChanges(tables: readonly WrittenRows[], counted: Counted | undefined): number {
  return (counted?.live ?? []).reduce((sum, { gone }) => sum + gone, countRows(tables));
}

/** What counts after the run: of the first version all rows. */
async function countKeys(
  plan: Plan,
  [parent]: readonly Parent[],
  keys: readonly WrittenKeys[],
  tools: CountingTools & Pick<Around, 'ports'>,
): Promise<Counted> {
  if (parent === undefined) return countFirst(keys, tools.scratch);
  return countLive(plan, await findWholeChain(parent.location, tools.ports.destinationOf), keys, tools);
}

/** What the number of rows may be compared with: of versions of parts all together are not one. */
function earlierOf(parents: readonly Parent[], before: Parent | undefined): LookedAt['earlier'] {
  if (before !== undefined) return { version: before.manifest.version, inherited: false };
  return parents.length === 1 ? { version: parents[0]!.manifest.version, inherited: true } : undefined;
}

function warnOfBroken(expectations: readonly ExpectationResult[], events: RunEvents): void {
  for (const result of expectations)
    if (result.outcome === 'broken' && result.severity === 'warn') events.warn(`expect: ${brokenText(result)}`);
}

/** Row groups that somebody else has made are as large as they are. */
function threadsOf(plan: Plan, source: OpenSource, events: RunEvents): Threads {
  const needs = needsOf(source);
  const tight = source.laneMemory && tightMemory('reading these files, a row group at a time,', plan, needs);
  if (tight) events.warn(tight);
  return chooseThreads(plan, source, needs);
}

function warnOfNoRows(plans: readonly TablePlan[], tables: readonly WrittenRows[], events: RunEvents): void {
  for (const [index, { table, name }] of plans.entries()) {
    const { targets } = tables[index]!;
    const filled = targets.filter(({ shards }) => shards.some(({ rows }) => rows > 0));
    if (filled.length === 0) events.warn(`${table ?? name}: no rows`);
    else
      for (const { split } of targets) {
        if (split === undefined || filled.some((one) => one.split === split)) continue;
        events.warn(`${table ?? name}: no rows in the split ${split}`);
      }
  }
}
