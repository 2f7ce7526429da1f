import { TidemarkError } from '../core/errors.js';
import { addFacts, type Facts, noFacts } from '../core/facts.js';
import { buildManifest } from '../manifest/build.js';
import type { ManifestPlan, WrittenTable } from '../manifest/build-input.js';
import type { Manifest, ManifestRun, ManifestVersion } from '../manifest/shape.js';
import type { LogicalType } from '../core/types.js';
import { rowGroupLimitsOf } from '../snapshot/thread-plan.js';
import { tool } from '../snapshot/tool.js';
import type { Counted } from '../snapshot/deleted-rows.js';
import type { RunEvents } from '../snapshot/run-events.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { MergedTable } from './merged-tables.js';
import type { CompactPlan } from './plan.js';

/** What was written. */
export interface Merged {
  readonly plan: CompactPlan;
  /** Oldest first. */
  readonly chain: readonly FoundVersion[];
  /** Nothing goes on from its newest version, which has all rows of the dataset: increments may go on from what was merged. */
  readonly isHead: boolean;
  readonly tables: readonly MergedTable[];
  /** By table. */
  readonly targets: readonly WrittenTable['targets'][];
  /** What counts of the rows, where it is known which were deleted. */
  readonly keys: Omit<Counted, 'evidence'> | undefined;
  readonly lanes: number;
  readonly events: RunEvents;
  /** How the format stores a type. */
  readonly storedAs: (type: LogicalType) => string;
}

/** The manifest of a chain that was merged: what the newest version tells of the source and the moment holds for it. */
export function manifestOf({ plan, chain, isHead, tables, targets, keys, lanes, events, storedAs }: Merged): Manifest {
  const newest = chain.at(-1)!.manifest;
  const { version, run } = newest;
  const manifest = buildManifest({
    plan: manifestPlan(plan, version),
    tables: tables.map(({ told, columns }, index) => ({
      plan: { name: told.name, table: told.request.table, query: told.request.query, columns },
      request: { told: told.request },
      partition: told.partition,
      key: told.key,
      live: keys?.live[index],
      targets: targets[index]!,
      misfitsOfMore: told.key !== undefined,
      misfits: misfitsOf(chain, told.name, columns.length),
    })),
    sidecars: keys?.sidecars,
    compacts: { uri: version.uri, id: newest.id, versions: chain.length },
    queriedAt: run.queriedAt ?? run.startedAt,
    increment: incrementOf(chain, targets),
    ...(isHead && { horizon: run.horizon }),
    expectations: [],
    rowGroup: rowGroupLimitsOf(plan),
    storedAs,
    tool: { ...tool, node: process.versions.node },
    server: run.server,
    certificate: run.certificate,
    ...(run.relations && { relations: run.relations }),
    lanes,
    load: {},
    seconds: events.seconds(),
    warnings: events.warnings,
    retries: events.retries,
  });
  assertRows(tables, manifest.version);
  assertSameDigest(newest.version, manifest.version);
  return manifest;
}

function manifestPlan(plan: CompactPlan, version: ManifestVersion): ManifestPlan {
  const { source, misfits, maskKey, part, label, sample, split, date, timeZone } = version;
  return {
    ...plan,
    sourceKind: source,
    source: { parameters: [], via: 'shards' },
    misfits,
    maskKey,
    ...(part !== undefined && { part }),
    label,
    sample,
    split,
    date,
    timeZone,
  };
}

/** Values that were replaced when they were read: nobody can see that of what was written. */
function misfitsOf(chain: readonly FoundVersion[], table: string, columns: number): Facts {
  const all = chain.flatMap(({ manifest }) => manifest.version.tables.filter(({ name }) => name === table));
  const newest = all.at(-1)!.schema;
  return all.reduce<Facts>((facts, { schema, facts: told }) => {
    const counts = newest.map(({ name }) => {
      const { nulled = 0, extreme = 0 } = told.columns[schema.findIndex((line) => line.name === name)] ?? {};
      return { nulls: 0, nulled, extreme };
    });
    return addFacts(facts, { ...noFacts(columns), columns: counts });
  }, noFacts(columns));
}

function incrementOf(chain: readonly FoundVersion[], targets: Merged['targets']): ManifestRun['increment'] {
  const shards = targets.flat().flatMap((target) => target.shards);
  const assumed = chain.flatMap(({ manifest }) => manifest.run.increment?.assumed ?? []);
  return {
    road: 'compacted',
    assumed: [...new Set(assumed)],
    wholly: [],
    added: [],
    rows: shards.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** It is known before how many rows count. @throws internal.bug */
function assertRows(tables: readonly MergedTable[], { rows }: ManifestVersion): void {
  const expected = tables.flatMap(({ targets }) => targets).reduce((sum, target) => sum + target.rows, 0);
  if (rows === expected) return;
  throw new TidemarkError('internal.bug', `${rows} rows were merged, and ${expected} count`, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}

/**
 * Sums of hashes add up over versions, so the digest of what was merged is known before, unless rows were replaced and nobody
 * looked which.
 * @throws verification.failed
 */
function assertSameDigest({ uri, chain }: ManifestVersion, { digest, rows }: ManifestVersion): void {
  const expected = chain?.digest;
  if (expected === undefined || expected === digest) return;
  throw new TidemarkError(
    'verification.failed',
    `the ${rows} rows that were merged are not those of ${uri} and what it inherits: their digest is ${digest}, and ${expected} is told`,
    { hint: '`tidemark verify` says which version does not hold. Nothing was published.' },
  );
}
