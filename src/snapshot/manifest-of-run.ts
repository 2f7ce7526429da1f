import { inLine } from '../core/in-line.js';
import type { ExpectationResult } from '../core/expectation-result.js';
import { sumFacts } from '../core/facts.js';
import type { ShardReceipt } from '../core/shard.js';
import type { ConsistencyCertificate, OpenSource } from '../core/source.js';
import { type LogicalType, writtenColumns } from '../core/types.js';
import { formatBytes, formatCount } from '../core/units.js';
import { tool } from './tool.js';
import { buildManifest, buildManifests } from '../manifest/build.js';
import type { ManifestInput } from '../manifest/build-input.js';
import { inheritedFrom } from '../manifest/chain.js';
import { shardsOf } from '../manifest/shards.js';
import type { Manifest, ManifestVersion } from '../manifest/shape.js';
import { keyFingerprint } from '../mask/hashed-texts.js';
import type { Counted } from './deleted-rows.js';
import type { RunEvents } from './run-events.js';
import { countRows } from './increment.js';
import type { Plan, PlannedVersion } from './plan.js';
import type { Threads } from './threads.js';
import type { WrittenRows } from './write-shards.js';
import { rowGroupLimitsOf } from './thread-plan.js';

export interface Recorded {
  readonly plan: Plan;
  readonly source: OpenSource;
  /** As confirmed after the last row. */
  readonly certificate: ConsistencyCertificate;
  readonly threads: Threads;
  readonly events: RunEvents;
  /** By table. */
  readonly tables: readonly Omit<WrittenRows, 'name' | 'rules' | 'keys' | 'overlap' | 'rowKeys'>[];
  /** The version of which some files are taken over. */
  readonly reused?: ManifestInput['reused'];
  /** The versions that are gone on from, one for each that is made. */
  readonly parents?: readonly Manifest[];
  readonly increment?: ManifestInput['increment'];
  readonly horizon?: ManifestInput['horizon'];
  /** What counts after the run; undefined: it is not known. */
  readonly counted?: Omit<Counted, 'evidence'> | undefined;
  /** Entities of all tables and parts. */
  readonly entities?: ManifestVersion['entities'];
  /** What each of several machines wrote; undefined: this one did all. */
  readonly members?: ManifestInput['members'];
  /** What became of what was expected of the rows. */
  readonly expectations: readonly ExpectationResult[];
  /** How the format stores a type. */
  readonly storedAs: (type: LogicalType) => string;
}

/** The manifests of what was read and written: one, or one for each part of the split that is a version of its own. */
export function manifestsOf(recorded: Recorded): readonly Manifest[] {
  const { plan, source, tables, events } = recorded;
  const shards = tables.flatMap(shardsOf);
  warnOfMisfits(source, tables, events);
  if (plan.kept === undefined) warnOfLargeFiles(plan, shards, events);
  for (const parent of recorded.parents ?? []) warnOfManyFiles(parent, shards.length, events);
  if (plan.parts.length === 0) return [buildManifest(inputOf(recorded, plan, recorded.parents?.[0]))];
  return manifestsOfParts(recorded);
}

/** A part in which nothing is new is no version, unless it is asked for. */
function manifestsOfParts(recorded: Recorded): readonly Manifest[] {
  const { plan, tables, parents = [], increment } = recorded;
  const made: ManifestInput[] = [];
  const unchanged: Manifest[] = [];
  for (const [index, part] of plan.parts.entries()) {
    const own = ofPart(tables, part.split!);
    const rows = countRows(own);
    const parent = parents[index];
    if (parent !== undefined && rows === 0 && plan.chain?.whenUnchanged !== 'republish') unchanged.push(parent);
    else made.push(inputOf({ ...recorded, tables: own, increment: increment && { ...increment, rows } }, part, parent));
  }
  return buildManifests(made, unchanged);
}

/** What of the tables is in a part's version, which has no folder for it. */
function ofPart(tables: Recorded['tables'], split: string): Recorded['tables'] {
  return tables.map(({ targets, ...table }) => ({
    ...table,
    misfitsOfMore: true,
    targets: targets
      .filter((target) => target.split === split)
      .map(({ shards, ...target }) => ({
        ...target,
        shards: shards.map((shard) => ({ ...shard, path: shard.path.slice(split.length + 1) })),
      })),
  }));
}

function inputOf(
  recorded: Recorded,
  { split: part, ...version }: PlannedVersion | Plan,
  parent: Manifest | undefined,
): ManifestInput {
  const { plan, source, certificate, threads, events, tables, entities, expectations, storedAs } = recorded;
  const { increment, horizon } = recorded;
  return {
    plan: {
      ...plan,
      ...version,
      split: plan.split,
      ...(typeof part === 'string' && { part }),
      maskKey: keyFingerprint(plan.masks.key),
    },
    tables: source.tables.map((table, index) => ({
      plan: { ...table, columns: writtenColumns(table.columns) },
      request: plan.source.tables[index]!,
      partition: plan.tables[index]!.partitioning,
      key: plan.tables[index]!.key,
      live: recorded.counted?.live[index],
      splitKey: plan.tables[index]!.splitKey,
      ...tables[index]!,
    })),
    sidecars: recorded.counted?.sidecars,
    entities,
    parent,
    reused: recorded.reused,
    increment,
    horizon,
    expectations,
    rowGroup: rowGroupLimitsOf(plan),
    storedAs,
    tool: { ...tool, node: process.versions.node },
    server: source.server,
    certificate,
    ...relationsOf(source.tables),
    lanes: threads.lanes,
    members: recorded.members,
    // Beside the lanes one connection holds the moment.
    load: { ...source.serverLoad(), connections: threads.lanes + 1 },
    work: events.work,
    seconds: events.seconds(),
    warnings: events.warnings,
    retries: events.retries,
  };
}

/**
 * They stand beside the version, not in it: whether a source is sure depends on more than what the version holds, such as whether
 * there are functions that the query's words might mean.
 */
function relationsOf(tables: OpenSource['tables']): { readonly relations?: readonly string[] } {
  const relations = tables.flatMap((table) => table.relations ?? []);
  return relations.length === 0 ? {} : { relations };
}

/** A file is never smaller than its one row group and its footer, which has an entry for every column. */
function warnOfLargeFiles({ shardSize }: Plan, shards: readonly ShardReceipt[], events: RunEvents): void {
  const larger = shards.filter(({ bytes }) => bytes > shardSize).map(({ bytes }) => bytes);
  if (larger.length === 0) return;
  const largest = formatBytes(larger.reduce((most, bytes) => Math.max(most, bytes)));
  const which =
    larger.length === 1 ? '1 file is' : `${formatCount(larger.length)} of ${formatCount(shards.length)} files are`;
  events.warn(
    `${which} larger than the shard size of ${formatBytes(shardSize)}, which is small for these rows: up to ${largest}`,
  );
}

/** Platforms and readers get slow with many files, and a version of a chain is one with all that it inherits. */
const manyFiles = 500;

function warnOfManyFiles(parent: Manifest, own: number, events: RunEvents): void {
  const inherited = inheritedFrom(parent);
  const files = inherited.reduce((sum, version) => sum + version.files.length, own);
  if (files < manyFiles) return;
  events.warn(
    `the chain has ${formatCount(files)} files in ${formatCount(inherited.length + 1)} versions, which is slow to read: \`tidemark compact\` merges it, and so does --compact-after`,
  );
}

/** A run that went on although values did not fit says so, column by column. */
function warnOfMisfits(source: OpenSource, tables: Recorded['tables'], events: RunEvents): void {
  for (const [index, table] of source.tables.entries()) {
    const { targets, misfits } = tables[index]!;
    const written = targets.flatMap(({ shards }) => shards.map((shard) => shard.facts));
    const columns = writtenColumns(table.columns);
    const facts = misfits ?? sumFacts(columns.length, written);
    for (const [column, { name }] of columns.entries()) {
      const { nulled: lost, extreme: moved } = facts.columns[column]!;
      if (lost > 0) {
        const what = lost === 1 ? '1 value' : `${formatCount(lost)} values`;
        events.warn(`${what} of column "${inLine(name)}" did not fit and ${lost === 1 ? 'is' : 'are'} NULL`);
      }
      if (moved > 0) {
        const what = moved === 1 ? '1 infinity' : `${formatCount(moved)} infinities`;
        events.warn(`${what} of column "${inLine(name)}" ${moved === 1 ? 'is' : 'are'} the extreme value`);
      }
    }
  }
}
