import { roundedWork } from '../core/work.js';
import { versionDigest } from '../core/digest/digest.js';
import { TidemarkError } from '../core/errors.js';
import type { ShardReceipt } from '../core/shard.js';
import { versionUri } from '../core/version-uri.js';
import type { ManifestInput, ManifestPlan } from './build-input.js';
import { tablePart } from './build-table.js';
import { arrowSchema } from '../core/types.js';
import { canonicalJson } from './canonical.js';
import { chainOf, inheritedFrom } from './chain.js';
import { manifestSeal, versionId } from './identity.js';
import { type Manifest, type ManifestRun, type ManifestTable, type ManifestVersion, manifestVersion } from './shape.js';
import { sidecarLine } from './sidecar.js';
import { sidecarsOf } from './sidecars.js';
import { sum } from './sum.js';

/**
 * Makes the manifest of a version. The version part is a pure function of data, plan and tool version: nothing of time,
 * host, lanes or the road that rows took is in it. Values of secret parameters and bounds of redacted columns stay out.
 */
export function buildManifest(input: ManifestInput): Manifest {
  return sealed(versionPart(input), input);
}

/** The manifests of versions that are published together, each of which names the others. @param unchanged parts in which nothing is new */
export function buildManifests(
  inputs: readonly ManifestInput[],
  unchanged: readonly Pick<Manifest, 'version'>[] = [],
): readonly Manifest[] {
  const versions = inputs.map(versionPart);
  const told = ({ part, uri, rows, digest }: ManifestVersion) => ({ part: part!, uri, rows, digest: digest! });
  const others = unchanged.map(({ version }) => ({ ...told(version), unchanged: true as const }));
  const siblings = versions.map(told);
  return versions.map((version, index) =>
    sealed({ ...version, siblings: [...siblings.filter((_, other) => other !== index), ...others] }, inputs[index]!),
  );
}

function sealed(version: ManifestVersion, input: ManifestInput): Manifest {
  const unsealed = { id: versionId(version), version, run: runPart(input) };
  return { ...unsealed, seal: manifestSeal(unsealed) };
}

function versionPart(input: ManifestInput): ManifestVersion {
  const version = withoutSidecars(input);
  const sidecars = [...sidecarsOf(version, input.plan.datasetCard).map(sidecarLine), ...(input.sidecars ?? [])];
  return sidecars.length > 0 ? { ...version, sidecars } : version;
}

function withoutSidecars(input: ManifestInput): ManifestVersion {
  const { plan, tables, entities, rowGroup, storedAs, tool } = input;
  const written = tables.map((table) => tablePart(table, plan, storedAs));
  const totals = { rows: sum(written, (table) => table.facts.rows), bytes: sum(written, (table) => table.bytes) };
  return {
    manifestVersion,
    dataset: plan.dataset,
    name: plan.version,
    uri: versionUri(plan),
    ...(plan.from === undefined ? {} : { from: plan.from }),
    ...chainPart(input, written, totals),
    ...(input.compacts && { compacts: input.compacts }),
    ...(input.reused && { reuses: input.reused.version }),
    date: plan.date,
    timeZone: plan.timeZone,
    source: plan.sourceKind,
    tool: { name: tool.name, version: tool.version },
    format: plan.format,
    compression: plan.compression,
    ...(plan.kept && { kept: { codecs: plan.kept.codecs } }),
    ...(plan.csv && { csv: plan.csv }),
    shardSize: plan.shardSize,
    rowGroup: { rows: rowGroup.rows, bytes: rowGroup.bytes },
    misfits: { misfit: plan.misfits.misfit, infinity: plan.misfits.infinity },
    ...(plan.part !== undefined && { part: plan.part }),
    ...(plan.sample && { sample: plan.sample }),
    ...(plan.split && { split: plan.split }),
    ...(entities && { entities }),
    ...(plan.label !== undefined && { label: plan.label }),
    ...(plan.maskKey !== undefined && { maskKey: plan.maskKey }),
    digest: digestOf(written, plan.digest),
    ...totals,
    tables: written,
  };
}

/** Where it goes on from, and what it is together with that. */
function chainPart(
  { parent, tables }: ManifestInput,
  written: readonly ManifestTable[],
  totals: Pick<ManifestVersion, 'rows' | 'bytes'>,
): Pick<ManifestVersion, 'parent' | 'inherits' | 'chain'> {
  if (parent === undefined) return {};
  const inherits = inheritedFrom(parent);
  const schemas = written.map((table, index) => ({ ...table, arrow: arrowSchema(tables[index]!.plan.columns) }));
  return {
    parent: { uri: parent.version.uri, id: parent.id },
    inherits,
    chain: chainOf(totals, schemas, inherits),
  };
}

/** @throws internal.bug where rows were read without what their digest is made of */
function digestOf(tables: readonly ManifestTable[], wanted: boolean): string {
  if (!wanted) return 'off';
  return versionDigest(
    tables.map(({ name, digest }) => {
      if (digest !== undefined) return { name, digest };
      throw new TidemarkError('internal.bug', `the rows of ${name} were not all hashed`, {
        hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
      });
    }),
  );
}

function runPart(input: ManifestInput): ManifestRun {
  const { plan } = input;
  const milliseconds = Math.round(input.seconds * 1000);
  return {
    id: plan.run,
    startedAt: plan.startedAt.toISOString(),
    finishedAt: new Date(plan.startedAt.getTime() + milliseconds).toISOString(),
    seconds: milliseconds / 1000,
    ...(input.queriedAt !== undefined && { queriedAt: input.queriedAt }),
    via: plan.source.via,
    lanes: input.lanes,
    ...(input.members && { members: input.members }),
    node: input.tool.node,
    server: input.server,
    certificate: input.certificate,
    ...(input.increment && { increment: input.increment }),
    ...(input.horizon && { horizon: input.horizon }),
    ...(input.relations && { relations: input.relations }),
    ...(input.expectations.length > 0 && { expectations: input.expectations }),
    load: input.load,
    ...(input.work && { work: roundedWork(input.work) }),
    ...(plan.lineage === undefined ? {} : { lineage: plan.lineage }),
    ...(plan.signingKey && { signer: plan.signingKey.publicKey }),
    command: plan.command,
    warnings: input.warnings,
    retries: input.retries,
    publishing: {
      tags: plan.tags,
      ...(input.reused?.exclude && { exclude: input.reused.exclude }),
      ...(plan.alias === undefined ? {} : { alias: plan.alias }),
      properties: asRead(plan.properties),
    },
  };
}

/** Properties as they are read back, so that the metadata lines made now are those that a reader of the manifest makes. */
function asRead(properties: ManifestPlan['properties']): ManifestPlan['properties'] {
  return JSON.parse(canonicalJson(properties)) as ManifestPlan['properties'];
}

/** The receipts of a run in the order of their rows, by table: groups, and within a group its parts. */
export function orderReceipts(receipts: readonly ShardReceipt[], tables: number): readonly (readonly ShardReceipt[])[] {
  return Array.from({ length: tables }, (_, table) =>
    orderShards(receipts.filter((receipt) => receipt.table === table)),
  );
}

/** The shards of one table or target in the order of their rows. */
export function orderShards(receipts: readonly ShardReceipt[]): readonly ShardReceipt[] {
  return receipts.toSorted((a, b) => a.group - b.group || a.part - b.part);
}
