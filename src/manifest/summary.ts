import { shownBound } from '../core/statistics.js';
import { inLine } from '../core/in-line.js';
import { ownValue } from '../core/own-value.js';
import { shortType } from '../core/short-type.js';
import { type PartitionValues, targetKey } from '../core/target-place.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import { commandAgain, neededAgain } from './again.js';
import type { Manifest, ManifestTable } from './shape.js';
import { shardsOf } from './shards.js';
import { incrementSections } from './summary-increment.js';
import type { SummaryColumn, SummarySection, SummaryTable, VersionSummary } from './summary-shape.js';
import { partitionSections, sampleText, splitSections } from './summary-places.js';

export function summariseVersion(manifest: Manifest): VersionSummary {
  const { id, version, run } = manifest;
  return {
    version: version.uri,
    id,
    from: version.from,
    parent: version.parent,
    inherits: (version.inherits ?? []).map(({ uri, id: own, rows, files }) => ({
      version: uri,
      id: own,
      rows,
      files: files.length,
    })),
    chain: version.chain,
    compacts: version.compacts,
    reuses: version.reuses,
    increment: run.increment,
    date: version.date,
    timeZone: version.timeZone,
    rows: version.rows,
    bytes: version.bytes,
    digest: version.digest,
    compression: version.compression,
    part: version.part,
    siblings: version.siblings,
    sample: version.sample,
    entities: version.entities,
    split: version.split,
    tables: version.tables.map(summariseTable),
    expectations: run.expectations ?? [],
    server: run.server,
    certificate: run.certificate,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    seconds: run.seconds,
    tool: { ...version.tool, node: run.node },
    lanes: run.lanes,
    members: run.members,
    via: run.via,
    load: run.load,
    retries: run.retries,
    warnings: run.warnings,
    lineage: run.lineage,
    tags: run.publishing.tags,
    alias: run.publishing.alias,
    properties: run.publishing.properties,
    signer: run.signer,
    command: commandAgain(manifest),
    needs: neededAgain(manifest),
  };
}

function summariseTable(table: ManifestTable): SummaryTable {
  const { request, facts } = table;
  return {
    name: table.name,
    table: request.table,
    query: request.query,
    parameters: request.parameters ?? [],
    limit: request.limit,
    rows: facts.rows,
    bytes: table.bytes,
    digest: table.digest,
    columns: table.schema.map((line, index) => {
      const cast = ownValue(request.casts, line.name);
      return { ...line, ...facts.columns[index]!, ...(cast === undefined ? {} : { cast }) };
    }),
    partition: table.partition,
    partitions: partitionsOf(table),
    key: table.key,
    live: table.live,
    splitKey: request.splitKey,
    splits: (table.parts ?? table.targets).flatMap(({ split, facts: { rows, classes }, bytes, digest }) =>
      split === undefined ? [] : [{ split, rows, bytes, digest, classes }],
    ),
    shards: shardsOf(table).map(({ path, bytes, sha256, reused = false, facts: { rows } }) => ({
      path,
      rows,
      bytes,
      sha256,
      reused,
    })),
  };
}

/** Over all parts of a split. */
function partitionsOf({ targets }: ManifestTable): SummaryTable['partitions'] {
  const found = new Map<string, { readonly partition: PartitionValues; rows: number; bytes: number }>();
  for (const { partition, facts, bytes } of targets) {
    if (partition === undefined) continue;
    const key = targetKey({ partition });
    const before = found.get(key);
    if (before === undefined) found.set(key, { partition, rows: facts.rows, bytes });
    else {
      before.rows += facts.rows;
      before.bytes += bytes;
    }
  }
  return [...found.values()];
}

/** A summary as sections of labelled lines; how they look is up to who prints them. */
export function summarySections(summary: VersionSummary): SummarySection[] {
  return [
    versionSection(summary),
    ...incrementSections(summary),
    sourceSection(summary),
    ...summary.tables.flatMap((table) => [
      tableSection(table),
      ...splitSections(table, summary),
      ...partitionSections(table),
      columnsSection(table),
      shardsSection(table),
    ]),
    ...expectationsSection(summary),
    runSection(summary),
    {
      title: 'Make it again',
      lines: [['command', summary.command], ...summary.needs.map((one): [string, string] => ['needs', one])],
    },
  ];
}

function versionSection(summary: VersionSummary): SummarySection {
  const { version, id, signer, from, date, timeZone, sample, rows, bytes, digest, tags, alias, properties } = summary;
  return {
    title: 'Version',
    lines: [
      ['version', version],
      ['id', id],
      ...optional('signed by', signer),
      ...optional('starts from', from),
      ...optional('has files of', summary.reuses && `${summary.reuses.uri}, id ${summary.reuses.id}`),
      ...optional('part', summary.part),
      ...(summary.siblings ?? []).map(siblingLine),
      ['date', `${date} (${timeZone})`],
      ...optional('sample', sample && sampleText(sample)),
      ['rows', formatCount(rows)],
      ['size', formatBytes(bytes)],
      ...optional('digest', digest === 'off' ? 'off: not computed (--digest off)' : digest),
      ...optional('tags', tags.length === 0 ? undefined : tags.join(', ')),
      ...optional('alias', alias),
      ...Object.entries(properties).map(([key, value]): [string, string] => [key, plain(value)]),
    ],
  };
}

function siblingLine({
  part,
  uri,
  rows,
  digest,
  unchanged,
}: NonNullable<VersionSummary['siblings']>[number]): [string, string] {
  return [
    'beside',
    `${uri}: ${part}, ${unchanged ? 'unchanged, ' : ''}${formatCount(rows)} rows${digest === 'off' ? '' : `, ${digest}`}`,
  ];
}

function sourceSection({ server, certificate }: VersionSummary): SummarySection {
  const { level, isolation, ...evidence } = certificate;
  const isServer = server.host !== '';
  return {
    title: 'Source',
    lines: [
      [isServer ? 'server' : 'written by', isServer ? `${server.kind} ${server.version}` : server.version],
      ...optional('database', isServer ? `${server.database} on ${server.host}, as ${server.user}` : undefined),
      ['consistency', isServer ? `${consistencyText[level]} (${isolation})` : consistencyOfFiles],
      ...Object.entries(evidence).flatMap(([key, value]) =>
        optional(key, value === undefined ? undefined : plain(value)),
      ),
    ],
  };
}

/** Another engine has read the rows, at a moment that it knows. */
const consistencyOfFiles = 'that of the files: they were adopted as they were';

const consistencyText = {
  snapshot: 'all rows are of one moment',
  statement: 'each table or query is one moment of its own',
  none: 'not promised: rows may be of different moments',
} as const;

function tableSection({ name, table, query, parameters, limit, key, rows, bytes }: SummaryTable): SummarySection {
  return {
    title: `Table ${name}`,
    lines: [
      ...optional('read from', table),
      ...optional('query', query),
      ...parameters.map(({ name: key, value }): [string, string] => [`:${key}`, value ?? '(secret)']),
      ...optional('limit', limit === undefined ? undefined : `only ${formatCount(limit)} rows were read`),
      ...optional(
        'key',
        key &&
          `${key.map(inLine).join(', ')}: of rows with the same one, that of the newest version counts (tidemark compact keeps it alone)`,
      ),
      ['rows', formatCount(rows)],
      ['size', formatBytes(bytes)],
    ],
  };
}

function columnsSection({ name, columns }: SummaryTable): SummarySection {
  return { title: `Columns of ${name}`, lines: columns.map((column) => [column.name, columnText(column)]) };
}

/** `numeric(15,2) → decimal128(15,2), exact, 3 NULL, 0.00 to 99.50`. */
function columnText(column: SummaryColumn): string {
  const parts = [`${column.sourceType} → ${shortType(column.type)}`, column.exactness as string];
  if (column.nulls > 0) parts.push(`${formatCount(column.nulls)} NULL`);
  if (column.min !== undefined && column.max !== undefined) parts.push(rangeText(column, column.min, column.max));
  if (column.redacted) parts.push('values redacted');
  if (column.nulled !== undefined) parts.push(`${counted(column.nulled, 'misfit')} written as NULL`);
  if (column.extreme !== undefined)
    parts.push(
      `${formatCount(column.extreme)} ${column.extreme === 1 ? 'infinity' : 'infinities'} written as the extreme value`,
    );
  if (column.cast !== undefined) parts.push(`by --cast ${column.cast}`);
  if (column.note !== undefined) parts.push(column.note);
  return parts.join(', ');
}

function rangeText({ type }: SummaryColumn, min: string, max: string): string {
  return `${shownBound(min, type, '≥')} to ${shownBound(max, type, '≤')}`;
}

function shardsSection({ name, shards }: SummaryTable): SummarySection {
  return {
    title: `Files of ${name}`,
    lines: shards.map(({ path, rows, bytes, sha256, reused }) => [
      path,
      `${counted(rows, 'row')}, ${formatBytes(bytes)}, sha-256 ${sha256}${reused ? ', of the earlier version' : ''}`,
    ]),
  };
}

function expectationsSection({ expectations, tables }: VersionSummary): readonly SummarySection[] {
  if (expectations.length === 0) return [];
  const lines = expectations.map(({ table, rule, outcome, found }): [string, string] => [
    outcome,
    `${tables.length > 1 ? `${table}: ` : ''}${rule}: ${found}`,
  ]);
  return [{ title: 'Expected', lines }];
}

/** What the source had to bear, by its names in the manifest. */
const loadWords: Readonly<Record<string, (value: number) => [string, string]>> = {
  transactionSeconds: (value) => ['longest transaction', `${value} s`],
  statementSeconds: (value) => ['longest statement', `${value} s`],
  bytes: (value) => ['sent by the server', formatBytes(value)],
  heldTransactions: (value) => ['snapshot held', `while ${formatCount(value)} transactions began`],
};

function runSection(summary: VersionSummary): SummarySection {
  const { startedAt, seconds, tool, lanes, members = [], via, load, retries, warnings, lineage } = summary;
  return {
    title: 'Run',
    lines: [
      ['started', startedAt],
      ['took', `${seconds} s`],
      ['tool', `${tool.name} ${tool.version}, Node.js ${tool.node}`],
      ['read by', `${via}, ${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`],
      ...members.map(({ member, files, rows }): [string, string] => [
        `member ${member}`,
        `${formatCount(rows)} rows in ${formatCount(files)} ${files === 1 ? 'file' : 'files'}`,
      ]),
      ...Object.entries(load).map(([key, value]) => loadWords[key]?.(value) ?? ([key, String(value)] as const)),
      ...optional('retries', retries === 0 ? undefined : String(retries)),
      ...Object.entries(lineage ?? {}).flatMap(([key, value]) =>
        optional(key, value === undefined ? undefined : plain(value)),
      ),
      ...warnings.map((warning): [string, string] => ['warning', warning]),
    ],
  };
}

function optional(label: string, text: string | undefined): [string, string][] {
  return text === undefined ? [] : [[label, text]];
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
