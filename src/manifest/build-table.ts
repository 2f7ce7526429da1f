import { assertFew } from '../core/arrow/class-counts.js';
import { rowsDigest, schemaFingerprint } from '../core/digest/digest.js';
import { hashSumText } from '../core/digest/sums.js';
import { addFacts, type ColumnFacts, type Facts, sumFacts } from '../core/facts.js';
import type { LiveRows } from '../core/live-rows.js';
import { secretValues } from '../core/parameters.js';
import type { ShardReceipt } from '../core/shard.js';
import type { Parameter } from '../core/source-request.js';
import { arrowSchema, type Column, typeName } from '../core/types.js';
import type { ManifestInput, ManifestPlan, WrittenTable, WrittenTarget } from './build-input.js';
import type { LedgerLine, ManifestShard, ManifestTable } from './shape.js';
import { tellableFacts, tellableSums } from './statistics.js';
import { sum } from './sum.js';

/** A table as the manifest has it. */
export function tablePart(
  {
    plan: table,
    request,
    partition: partitioning,
    key,
    live,
    splitKey,
    targets,
    misfits,
    misfitsOfMore = false,
  }: WrittenTable,
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
  const shardPart = ({ path, bytes, sha256, rowGroups, reused, from, facts }: ShardReceipt): ManifestShard => ({
    path,
    bytes,
    sha256,
    ...(reused && { reused }),
    ...(from !== undefined && { from }),
    ...(rowGroups !== undefined && { rowGroups }),
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
    schema: table.columns.map((column, index) => {
      const stored = (plan.kept && column.storedAs) ?? storedAs(column.type);
      return ledgerLine(column, stored, forLedger.columns[index]!);
    }),
    ...(partitioning && { partition: partitioning }),
    ...(key && { key }),
    ...(live && { live: livePart(live) }),
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

function livePart({ rows, sum: hashes, keys, inserted, replaced, gone }: LiveRows): NonNullable<ManifestTable['live']> {
  return { rows, sum: hashSumText(hashes), keys: hashSumText(keys), inserted, replaced, gone };
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

/** What was asked of this table: of casts and the like only those that are of its columns. */
function requestPart(
  { table, query, columns }: WrittenTable['plan'],
  request: WrittenTable['request'],
  parameters: readonly Parameter[],
): ManifestTable['request'] {
  if ('told' in request) return request.told;
  const { casts, redacted, limit, dateColumn } = request;
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
    .filter((parameter) => named.has(parameter.name) && parameter.windowEnd === undefined)
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
