import { createHash } from 'node:crypto';
import type { DraftObjects, ObjectWriter } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { recordWords } from '../core/key-records.js';
import { bytesOfRowKey, rowKeyWords } from '../core/row-key-records.js';
import type { Scratch, ScratchWriter } from '../core/scratch.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { spooledKeys, type SpooledRecords } from '../lane/spooled-records.js';
import type { LaneStart } from '../lane/messages.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import { readSpool } from '../lane/spool.js';
import { spoolRanges } from '../lane/targets.js';
import { rowKeyPath } from '../manifest/row-keys.js';
import type { ManifestVersion } from '../manifest/shape.js';
import { countLiveRows, keyTags, type LiveCount, liveWords, recordsIn } from '../partition/entities/index.js';
import { routeNowhere } from '../partition/router.js';
import { readRowKeys, rowKeyLine } from '../version/row-key-files.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { counting, unwritten } from './first-pass.js';
import type { Plan } from './plan.js';
import type { WrittenRows } from './write-shards.js';

type SidecarLine = NonNullable<ManifestVersion['sidecars']>[number];

/** What is known of keys before those that are there now are looked at. */
export interface GatheredKeys {
  /** By table, a scratch file that is not closed yet, and how many records it has. */
  readonly files: readonly { readonly name: string; readonly writer: ScratchWriter; records: number }[];
  /** The keys of the version that is made, written beside its shards. */
  readonly sidecars: readonly SidecarLine[];
  /** There is no earlier version. */
  readonly isFirst: boolean;
}

/** What counts after a run. */
export interface Counted {
  /** By table. */
  readonly live: readonly LiveCount[];
  readonly sidecars: readonly SidecarLine[];
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
}

interface Writing {
  readonly scratch: Scratch;
  readonly objects: DraftObjects;
}

/**
 * Gathers the keys of all versions of a chain, and of the rows that were read, which are written beside the shards.
 * @param chain oldest first; empty: there is none yet
 */
export async function gatherKeys(
  plan: Pick<Plan, 'version'>,
  chain: readonly FoundVersion[],
  tables: readonly Pick<WrittenRows, 'name' | 'rowKeys'>[],
  { scratch, objects }: Writing,
): Promise<GatheredKeys> {
  const files: GatheredKeys['files'][number][] = [];
  const sidecars: SidecarLine[] = [];
  for (const [index, { name: table, rowKeys }] of tables.entries()) {
    const name = `live-t${index}`;
    const file = { name, writer: scratch.create(name), records: 0 };
    files.push(file);
    for (const version of chain) {
      for (const kind of ['gone', 'keys'] as const) {
        const line = rowKeyLine(version.manifest.version, table, kind);
        if (line === undefined) continue;
        for await (const chunk of readRowKeys(version, line))
          note(file, chunk, kind === 'keys' ? keyTags.row : keyTags.gone);
      }
    }
    const path = rowKeyPath(plan.version, table, { kind: 'keys', tables: tables.length });
    const sidecar = new KeyFile(objects.create(path));
    for (const piece of rowKeys) {
      for (const { bytes } of readSpool(scratch, piece, piece)) {
        note(file, bytes, keyTags.fresh);
        sidecar.write(bytes);
        await sidecar.room();
      }
    }
    sidecars.push({ kind: 'keys', path, table, ...(await sidecar.close()) });
  }
  return { files, sidecars, isFirst: chain.length === 0 };
}

/** Looks at the keys that are there now, at those alone, of all rows; and counts what became of all that were there. */
export async function countLive(
  plan: Pick<Plan, 'version' | 'tables'>,
  keys: GatheredKeys,
  {
    source,
    start,
    options,
    scratch,
    objects,
  }: Writing & {
    readonly source: OpenSource;
    readonly start: Omit<LaneStart, 'encoders'>;
    readonly options: CoordinatorOptions;
  },
): Promise<Counted> {
  if (keys.isFirst) return countFirst(keys, scratch);
  const { ranges } = await spoolRanges(
    {
      ...start,
      tables: source.tables.map((table, index) => keysOfAllRows(source, table, plan.tables[index]!.key!)),
      routes: source.tables.map(() => routeNowhere),
      checks: plan.tables.map(({ key }) => ({
        rules: [{ kind: 'unique', columns: key!, severity: 'fail' }],
        key: [],
      })),
      rowKeys: [],
      maskKey: undefined,
    },
    { ...options, listener: counting(options.listener) },
  );
  const sidecars = [...keys.sidecars];
  const live: LiveCount[] = [];
  for (const [index, { name: table }] of source.tables.entries()) {
    const file = keys.files[index]!;
    for (const piece of spooledKeys(ranges, index)) noteScanned(file, piece, scratch);
    const path = rowKeyPath(plan.version, table, { kind: 'gone', tables: source.tables.length });
    const { line, count } = await countTable(file, scratch, () => new KeyFile(objects.create(path)));
    if (line !== undefined) sidecars.push({ kind: 'gone', path, table, ...line });
    live.push(count);
  }
  return { live, sidecars, evidence: ranges.flatMap((receipt) => receipt.evidence) };
}

function keysOfAllRows(source: OpenSource, table: TablePlan, key: readonly string[]): TablePlan {
  const indices = key.map((name) => table.columns.findIndex((column) => column.name === name));
  return unwritten(source.narrowed(table, indices, 'all'));
}

async function countTable(
  { name, writer, records }: GatheredKeys['files'][number],
  scratch: Scratch,
  create: () => KeyFile,
): Promise<{ readonly line: Pick<SidecarLine, 'bytes' | 'sha256'> | undefined; readonly count: LiveCount }> {
  writer.close();
  let gone: KeyFile | undefined;
  const count = countLiveRows(recordsIn({ name, records }, scratch, liveWords), scratch, (bytes) => {
    gone ??= create();
    gone.write(bytes);
  });
  scratch.remove(name);
  return { line: await gone?.close(), count };
}

/** Of a version that goes on from none all rows count. */
export function countFirst({ files, sidecars }: GatheredKeys, scratch: Scratch): Counted {
  const live = files.map(({ name, writer, records }) => {
    writer.close();
    const all = recordsIn({ name, records }, scratch, liveWords);
    const count = countLiveRows(
      { ...all, records: 2 * records, read: () => withScan(all.read()) },
      scratch,
      () => undefined,
    );
    scratch.remove(name);
    return count;
  });
  return { live, sidecars, evidence: [] };
}

/** Each row that was read is there. */
function* withScan(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    const copy = new Uint8Array(chunk);
    yield copy;
    const words = unsignedWordsOf(copy);
    for (let at = rowKeyWords; at < words.length; at += liveWords) words[at] = keyTags.scanned;
    yield copy;
  }
}

/** Writes records of rows and their keys with a tag. */
function note(file: GatheredKeys['files'][number], records: Uint8Array, tag: number): void {
  const count = records.length / bytesOfRowKey;
  const from = unsignedWordsOf(records.byteOffset % 4 === 0 ? records : new Uint8Array(records));
  const out = new Uint32Array(count * liveWords);
  for (let i = 0; i < count; i++) {
    out.set(from.subarray(i * rowKeyWords, (i + 1) * rowKeyWords), i * liveWords);
    out[i * liveWords + rowKeyWords] = tag;
  }
  file.writer.write(new Uint8Array(out.buffer));
  file.records += count;
}

/** Keys alone, without hashes of rows. */
function noteScanned(file: GatheredKeys['files'][number], piece: SpooledRecords, scratch: Scratch): void {
  for (const { bytes } of readSpool(scratch, piece, piece)) {
    const from = unsignedWordsOf(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes));
    const count = from.length / recordWords;
    const out = new Uint32Array(count * liveWords);
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < 4; word++) out[i * liveWords + word] = from[i * recordWords + word]!;
      out[i * liveWords + rowKeyWords] = keyTags.scanned;
    }
    file.writer.write(new Uint8Array(out.buffer));
    file.records += count;
  }
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

/** A file of keys on its way. */
class KeyFile {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(private readonly object: ObjectWriter) {}

  write(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    this.object.write(bytes);
  }

  room(): void | Promise<void> {
    return this.object.room();
  }

  async close(): Promise<Pick<SidecarLine, 'bytes' | 'sha256'>> {
    await this.object.close();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}
