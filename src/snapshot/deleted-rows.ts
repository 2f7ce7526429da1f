import type { DraftObjects } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { bytesOfRecord, recordWords } from '../core/key-records.js';
import { bytesOfRowKey, RecordTagger, rowKeyWords, taggedWords } from '../core/row-key-records.js';
import type { Scratch } from '../core/scratch.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { LaneStart, RangeReceipt } from '../lane/messages.js';
import { readSpool } from '../lane/spool.js';
import { spooledKeys } from '../lane/spooled-records.js';
import { spoolRanges } from '../lane/targets.js';
import { rowKeyPath } from '../manifest/row-keys.js';
import type { SidecarLine } from '../manifest/sidecar.js';
import { countLiveRows, gatherRecords, keyTags, type LiveCount, recordsIn } from '../partition/entities/index.js';
import { routeNowhere } from '../partition/router.js';
import { readRowKeys, rowKeyLine } from '../version/row-key-files.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { counting, lookingAt } from './first-pass.js';
import type { Plan } from './plan.js';
import { KeyFile, type WrittenKeys } from './row-key-sidecars.js';

/** What counts after a run. */
export interface Counted {
  /** By table. */
  readonly live: readonly LiveCount[];
  /** Files of keys, which are written already. */
  readonly sidecars: readonly SidecarLine[];
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
}

export interface CountingTools {
  readonly source: OpenSource;
  readonly start: Omit<LaneStart, 'encoders'>;
  readonly options: CoordinatorOptions;
  readonly scratch: Scratch;
  readonly objects: DraftObjects;
}

/** Where there is no earlier version all rows count. */
export function countFirst(written: readonly WrittenKeys[], scratch: Scratch): Counted {
  const live = written.map(({ name, records, keys, rows }): LiveCount => {
    scratch.remove(name);
    const nothing = { replaced: 0, gone: 0, unknown: 0, vanished: 0, twice: 0 };
    return { rows: records, sum: rows, keys, inserted: records, ...nothing };
  });
  return { live, sidecars: written.map(({ line }) => line), evidence: [] };
}

/**
 * Reads the keys that are there now, those alone and of all rows, and counts what became of those that were there before.
 * @param chain the versions before, oldest first
 * @param written the keys of the rows that were read
 */
export async function countLive(
  plan: Pick<Plan, 'version' | 'tables'>,
  chain: readonly FoundVersion[],
  written: readonly WrittenKeys[],
  tools: CountingTools,
): Promise<Counted> {
  const { source, scratch, objects } = tools;
  const ranges = await scanKeys(plan, tools);
  const sidecars = written.map(({ line }) => line);
  const live: LiveCount[] = [];
  for (const [index, { name: table }] of source.tables.entries()) {
    const path = rowKeyPath(plan.version, table, { kind: 'gone', tables: source.tables.length });
    let gone: KeyFile | undefined;
    const records = await gatherTable(table, index, { chain, fresh: written[index]!, ranges, scratch });
    live.push(
      countLiveRows(records, (bytes) => {
        gone ??= new KeyFile(objects.create(path));
        gone.write(bytes);
      }),
    );
    if (gone !== undefined) sidecars.push({ kind: 'gone', path, table, ...(await (gone as KeyFile).close()) });
  }
  return { live, sidecars, evidence: ranges.flatMap((receipt) => receipt.evidence) };
}

async function scanKeys(
  { tables }: Pick<Plan, 'tables'>,
  { source, start, options }: CountingTools,
): Promise<readonly RangeReceipt[]> {
  const keysOf = (table: TablePlan, key: readonly string[]): TablePlan => {
    const indices = key.map((name) => table.columns.findIndex((column) => column.name === name));
    return source.narrowed(table, indices, 'all');
  };
  const { ranges } = await spoolRanges(
    {
      ...lookingAt(
        source.tables.map((table, index) => keysOf(table, tables[index]!.key!)),
        start,
      ),
      routes: source.tables.map(() => routeNowhere),
      checks: tables.map(({ key }) => ({ rules: [{ kind: 'unique', columns: key!, severity: 'fail' }], key: [] })),
    },
    { ...options, listener: counting(options.listener) },
  );
  return ranges;
}

/** Where the keys of one table are. */
interface TableKeys {
  readonly chain: readonly FoundVersion[];
  readonly fresh: WrittenKeys;
  /** Of the scan. */
  readonly ranges: readonly RangeReceipt[];
  readonly scratch: Scratch;
}

/** All that is known of a table's keys, in the order in which it happened. */
async function gatherTable(
  table: string,
  index: number,
  { chain, fresh, ranges, scratch }: TableKeys,
): Promise<ReturnType<typeof gatherRecords>> {
  const lines = chain.flatMap((version) =>
    (['gone', 'keys'] as const).flatMap((kind) => {
      const line = rowKeyLine(version.manifest.version, table, kind);
      return line === undefined ? [] : [{ version, line, tag: kind === 'keys' ? keyTags.row : keyTags.gone }];
    }),
  );
  const scanned = spooledKeys(ranges, index);
  const known = lines.reduce((sum, { line }) => sum + line.bytes, 0) / bytesOfRowKey;
  const there = scanned.reduce((sum, { bytes }) => sum + bytes, 0) / bytesOfRecord;
  const all = gatherRecords(known + fresh.records + there, { words: taggedWords, name: 'live' }, scratch);
  const tagger = new RecordTagger();
  for (const { version, line, tag } of lines)
    for await (const bytes of readRowKeys(version, line)) all.add(tagger.tag(bytes, tag));
  for (const bytes of recordsIn(fresh, scratch, rowKeyWords).read()) all.add(tagger.tag(bytes, keyTags.fresh));
  scratch.remove(fresh.name);
  for (const piece of scanned)
    for (const { bytes } of readSpool(scratch, piece, piece)) all.add(tagger.tag(bytes, keyTags.scanned, recordWords));
  return all;
}

/** What is there must be what versions have. @throws data.parent; data.expectations; source.changed */
export function assertComplete(tables: readonly TablePlan[], plan: Pick<Plan, 'tables'>, counted: Counted): void {
  for (const [index, { name }] of tables.entries())
    assertTableComplete(name, plan.tables[index]!.key!, counted.live[index]!);
}

function assertTableComplete(table: string, key: readonly string[], { unknown, vanished, twice }: LiveCount): void {
  if (twice > 0) {
    throw new TidemarkError(
      'data.expectations',
      `deletes: ${formatCount(twice)} rows of ${table} have the same ${key.join(', ')} as another one`,
      { hint: 'A key (--key) tells a row from all others: name other columns, or mend the rows.' },
    );
  }
  if (unknown > 0) {
    throw new TidemarkError(
      'data.parent',
      `deletes: ${formatCount(unknown)} rows of ${table} are there, and in no version of the chain, by their ${key.join(', ')}`,
      {
        hint: 'By a window, rows that come later than --lag, or have no cursor, are not read. Begin a new chain: --full; with a larger --lag.',
      },
    );
  }
  if (vanished === 0) return;
  throw new TidemarkError(
    'source.changed',
    `deletes: ${formatCount(vanished)} rows of ${table} were read, and are not there when keys alone are`,
    { hint: 'A query that gives other rows each time cannot be scanned. Run again; or read a table.' },
  );
}
