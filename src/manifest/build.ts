import { assertFew } from '../core/arrow/class-counts.js';
import { rowsDigest, schemaFingerprint, versionDigest } from '../core/digest/digest.js';
import { hashSumText } from '../core/digest/sums.js';
import { TidemarkError } from '../core/errors.js';
import { addFacts, type ColumnFacts, type Facts, sumFacts } from '../core/facts.js';
import type { TargetPlace } from '../core/target-place.js';
import { secretValues } from '../core/parameters.js';
import type { Codec, ShardReceipt } from '../core/shard.js';
import type {
  ConsistencyCertificate,
  MisfitPolicy,
  Parameter,
  RowGroupLimits,
  ServerInfo,
  TablePlan,
  TableRequest,
} from '../core/source.js';
import { arrowSchema, type Column, type LogicalType, typeName } from '../core/types.js';
import { versionUri } from '../core/version-uri.js';
import { canonicalJson } from './canonical.js';
import { manifestSeal, versionId } from './identity.js';
import {
  type LedgerLine,
  type Lineage,
  type Manifest,
  type ManifestRun,
  type ManifestShard,
  type ManifestTable,
  type ManifestVersion,
  manifestVersion,
} from './shape.js';
import { tellableFacts, tellableSums } from './statistics.js';

/** What the manifest takes from a plan; a run's `Plan` is one. */
export interface ManifestPlan {
  readonly sourceKind: string;
  readonly source: {
    readonly parameters: readonly Parameter[];
    readonly via: string;
  };
  readonly misfits: MisfitPolicy;
  readonly dataset: string;
  readonly version: string;
  readonly from: string | undefined;
  readonly tags: readonly string[];
  readonly alias: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly format: string;
  readonly compression: Codec;
  readonly shardSize: number;
  readonly digest: boolean;
  /** Fingerprint of the key of masks; undefined: nothing is masked by a hash. */
  readonly maskKey: string | undefined;
  /** The part of the split that the version is of. */
  readonly part?: string;
  /** The column of classes. */
  readonly label: string | undefined;
  readonly sample: ManifestVersion['sample'] | undefined;
  readonly split: ManifestVersion['split'] | undefined;
  readonly date: string;
  readonly timeZone: string;
  readonly startedAt: Date;
  readonly run: string;
  readonly lineage: Lineage | undefined;
  readonly command: string;
}

/** A table as it was read and written. */
export interface WrittenTable {
  readonly plan: Pick<TablePlan, 'name' | 'table' | 'query' | 'columns'>;
  readonly request: Pick<TableRequest, 'casts' | 'redacted' | 'limit' | 'dateColumn'>;
  /** The folders that rows are in; undefined: there are none. */
  readonly partition?: ManifestTable['partition'] | undefined;
  /** Its own key of entities. */
  readonly splitKey?: readonly string[] | undefined;
  readonly targets: readonly WrittenTarget[];
  /** Misfits of all rows, where those of shards are not known. */
  readonly misfits?: Facts;
  /** These are misfits of more rows than the version has: they say whether the column is exact, and count nothing. */
  readonly misfitsOfMore?: boolean;
}

/** A place that rows of a table went to; without a split and partitions there is one for all of them. */
export interface WrittenTarget extends TargetPlace {
  /** In the order of their rows. */
  readonly shards: readonly ShardReceipt[];
}

export interface ManifestInput {
  readonly plan: ManifestPlan;
  readonly tables: readonly WrittenTable[];
  readonly rowGroup: RowGroupLimits;
  /** How the format stores a type, by its own names. */
  readonly storedAs: (type: LogicalType) => string;
  /** Name and version decide bytes and stand in the version; `node` stands in the run. */
  readonly tool: { readonly name: string; readonly version: string; readonly node: string };
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  /** What the query reads, as `schema.table`, where the source is sure. */
  readonly relations?: readonly string[];
  /** Entities of all tables and parts. */
  readonly entities?: ManifestVersion['entities'] | undefined;
  readonly lanes: number;
  readonly load: Readonly<Record<string, number>>;
  /** How long the run took, by a clock that does not step. */
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly retries: number;
}

/**
 * Makes the manifest of a version. The version part is a pure function of data, plan and tool version: nothing of time,
 * host, lanes or the road that rows took is in it. Values of secret parameters and bounds of redacted columns stay out.
 */
export function buildManifest(input: ManifestInput): Manifest {
  return sealed(versionPart(input), input);
}

/** The manifests of versions that are published together, each of which names the others. */
export function buildManifests(inputs: readonly ManifestInput[]): readonly Manifest[] {
  const versions = inputs.map(versionPart);
  const siblings = versions.map(({ part, uri, rows, digest }) => ({ part: part!, uri, rows, digest: digest! }));
  return versions.map((version, index) =>
    sealed({ ...version, siblings: siblings.filter((_, other) => other !== index) }, inputs[index]!),
  );
}

function sealed(version: ManifestVersion, input: ManifestInput): Manifest {
  const unsealed = { id: versionId(version), version, run: runPart(input) };
  return { ...unsealed, seal: manifestSeal(unsealed) };
}

function versionPart({ plan, tables, entities, rowGroup, storedAs, tool }: ManifestInput): ManifestVersion {
  const written = tables.map((table) => tablePart(table, plan, storedAs));
  return {
    manifestVersion,
    dataset: plan.dataset,
    name: plan.version,
    uri: versionUri(plan),
    ...(plan.from === undefined ? {} : { from: plan.from }),
    date: plan.date,
    timeZone: plan.timeZone,
    source: plan.sourceKind,
    tool: { name: tool.name, version: tool.version },
    format: plan.format,
    compression: plan.compression,
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
    rows: sum(written, (table) => table.facts.rows),
    bytes: sum(written, (table) => table.bytes),
    tables: written,
  };
}

function tablePart(
  { plan: table, request, partition: partitioning, splitKey, targets, misfits, misfitsOfMore = false }: WrittenTable,
  plan: ManifestPlan,
  storedAs: ManifestInput['storedAs'],
): ManifestTable {
  const { parameters } = plan.source;
  const secrets = secretValues(parameters);
  const tell = (facts: Facts): ManifestShard['facts'] => tellableFacts(table.columns, facts, secrets);
  const fingerprint = schemaFingerprint(arrowSchema(table.columns));
  const count = (shards: readonly ShardReceipt[], more?: Facts): readonly [Facts, Counted] => {
    const summed = sumOf(table.columns, shards);
    const total = more === undefined ? summed : addFacts(summed, more);
    const all = plan.digest ? total : withoutSums(total);
    const digest = rowsDigest(fingerprint, all);
    const { classes } = all;
    if (classes && plan.label !== undefined) assertFew(Object.keys(classes).length, plan.label);
    const facts = { ...tellableSums(table.columns, tell(all), all), ...(classes && { classes }) };
    const bytes = sum(shards, (shard) => shard.bytes);
    return [all, { bytes, facts, ...(digest !== undefined && { digest }) }];
  };
  const shardPart = ({ path, bytes, sha256, rowGroups, facts }: ShardReceipt): ManifestShard => ({
    path,
    bytes,
    sha256,
    rowGroups,
    facts: { ...tell(facts), ...(plan.digest && facts.sums && { sum: hashSumText(facts.sums.rows) }) },
  });
  const [all, counted] = count(
    targets.flatMap(({ shards }) => shards),
    misfitsOfMore ? undefined : misfits,
  );
  const forLedger = misfits && misfitsOfMore ? addFacts(all, misfits) : all;
  return {
    name: table.name,
    request: { ...requestPart(table, request, parameters), ...(splitKey && { splitKey }) },
    schema: table.columns.map((column, index) => ledgerLine(column, storedAs(column.type), forLedger.columns[index]!)),
    ...(partitioning && { partition: partitioning }),
    ...counted,
    ...(plan.split &&
      partitioning && { parts: partsOf(targets).map(([split, shards]) => ({ split, ...count(shards)[1] })) }),
    targets: targets.map(({ split, partition, shards }) => {
      const [, ofTarget] = count(shards);
      const place = { ...(split !== undefined && { split }), ...(partition && { partition }) };
      return { ...place, ...ofTarget, shards: shards.map(shardPart) };
    }),
  };
}

/** The shards of every part of the split, over its partitions. */
function partsOf(targets: readonly WrittenTarget[]): readonly (readonly [string, readonly ShardReceipt[]])[] {
  const parts = new Map<string, ShardReceipt[]>();
  for (const { split = '', shards } of targets) {
    const before = parts.get(split);
    if (before === undefined) parts.set(split, [...shards]);
    else before.push(...shards);
  }
  return [...parts];
}

type Counted = Pick<ManifestTable, 'bytes' | 'facts' | 'digest'>;

function sumOf(columns: readonly Column[], shards: readonly ShardReceipt[]): Facts {
  return sumFacts(
    columns.length,
    shards.map((shard) => shard.facts),
  );
}

/** The facts of no rows have sums, whether they were asked for or not. */
function withoutSums({ sums: _, ...facts }: Facts): Facts {
  return facts;
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

/** What was asked of this table: of casts and the like only those that are of its columns. */
function requestPart(
  { table, query, columns }: WrittenTable['plan'],
  { casts, redacted, limit, dateColumn }: WrittenTable['request'],
  parameters: readonly Parameter[],
): ManifestTable['request'] {
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const ownCasts = Object.entries(casts).filter(([name]) => has(name));
  const ownRedacted = redacted.filter(has);
  return {
    ...(table === undefined ? {} : { table }),
    ...(query === undefined ? {} : { query, parameters: parametersOf(query, parameters) }),
    ...(ownCasts.length === 0 ? {} : { casts: Object.fromEntries(ownCasts) }),
    ...(ownRedacted.length === 0 ? {} : { redacted: ownRedacted }),
    ...(limit === undefined ? {} : { limit }),
    ...(dateColumn === undefined || !has(dateColumn) ? {} : { dateColumn }),
  };
}

/** The parameters that the query names; the plan's others belong to other queries. */
function parametersOf(
  query: string,
  parameters: readonly Parameter[],
): NonNullable<ManifestTable['request']['parameters']> {
  const named = new Set([...query.matchAll(/(?<!:):([A-Za-z_]\w*)/g)].map((match) => match[1]));
  return parameters
    .filter((parameter) => named.has(parameter.name))
    .map(({ name, value }) => (typeof value === 'string' ? { name, value } : { name, secret: true }));
}

/** A column in which values were replaced, as the run was asked to, is no longer exact. */
function ledgerLine(column: Column, stored: string, { nulled, extreme }: ColumnFacts): LedgerLine {
  const { name, sourceType, type, exactness, note, redacted, masked, inPath } = column;
  return {
    name,
    sourceType,
    type: typeName(type),
    stored: inPath ? 'path' : stored,
    exactness: nulled + extreme > 0 ? 'lossy' : exactness,
    ...(note === undefined ? {} : { note }),
    ...(masked === undefined ? {} : { mask: masked }),
    ...(inPath && { inPath }),
    ...(redacted ? { redacted } : {}),
  };
}

function runPart(input: ManifestInput): ManifestRun {
  const { plan } = input;
  const milliseconds = Math.round(input.seconds * 1000);
  return {
    id: plan.run,
    startedAt: plan.startedAt.toISOString(),
    finishedAt: new Date(plan.startedAt.getTime() + milliseconds).toISOString(),
    seconds: milliseconds / 1000,
    via: plan.source.via,
    lanes: input.lanes,
    node: input.tool.node,
    server: input.server,
    certificate: input.certificate,
    ...(input.relations && { relations: input.relations }),
    load: input.load,
    ...(plan.lineage === undefined ? {} : { lineage: plan.lineage }),
    command: plan.command,
    warnings: input.warnings,
    retries: input.retries,
    publishing: {
      tags: plan.tags,
      ...(plan.alias === undefined ? {} : { alias: plan.alias }),
      properties: asRead(plan.properties),
    },
  };
}

/** Properties as they are read back, so that the metadata lines made now are those that a reader of the manifest makes. */
function asRead(properties: ManifestPlan['properties']): ManifestPlan['properties'] {
  return JSON.parse(canonicalJson(properties)) as ManifestPlan['properties'];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
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
