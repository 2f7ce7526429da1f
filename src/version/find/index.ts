import type { RecordBatch } from 'apache-arrow';
import { hashText } from '../../core/digest/hash-text.js';
import { hashesOfKeys } from '../../core/digest/hashes-of-keys.js';
import { invalidRequest } from '../../core/errors.js';
import { inLine } from '../../core/in-line.js';
import { fetchAgain, namingFile } from '../../core/naming-file.js';
import { optionNameInLine, quotedName } from '../../core/option-name.js';
import type { Column } from '../../core/types.js';
import type { Secret } from '../../core/secret.js';
import type { PartitionValues } from '../../core/target-place.js';
import { type OpenShard, readKeyColumns } from '../../lane/key-columns.js';
import { notAsListed, openShard } from '../../lane/open-shard.js';
import type { LedgerLine, ManifestShard, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { formatOfVersion } from '../../shard/registry.js';
import { type FindDestination, locateVersions, type VersionLocation } from '../locate.js';
import { readChecked } from '../read-checked.js';
import { storedAs } from '../stored-as.js';
import { columnOf } from '../ledger-column.js';
import { formOf } from './key-text.js';
import { isNumberAsText } from './same-value.js';
import { LookedChains, type Untold } from './looked-chains.js';
import { type MayHold, mayHold } from './may-hold.js';
import { type Sought, type SoughtKey, soughtIn } from './sought.js';

export type { SoughtKey } from './sought.js';

/** A file that has rows of the key. */
export interface Holding {
  readonly version: string;
  readonly id: string;
  /** The folder of the version. */
  readonly location: string;
  readonly table: string;
  /** Inside the version's folder. */
  readonly file: string;
  /** The part of a split that it is of; absent: there is none. */
  readonly split?: string;
  readonly partition?: PartitionValues;
  readonly rows: number;
}

export interface Found {
  readonly key: SoughtKey;
  readonly holdings: readonly Holding[];
  /** Where nobody can tell, and why: the answer is not whole. */
  readonly untold: readonly Untold[];
  /** How the key was taken, where that may not be what was meant, and why no row can have it. */
  readonly notes: readonly string[];
  /** Versions and files that were looked at, and files of which rows were read: the others cannot have the key, by their statistics. */
  readonly looked: { readonly versions: number; readonly files: number; readonly read: number };
}

export interface FindOptions {
  readonly key: SoughtKey;
  /** Of masks by hash. */
  readonly maskKey: Secret | undefined;
  readonly signal?: AbortSignal;
  /** Hears how many files were looked at. */
  readonly onFile?: (files: number) => void;
  readonly destinationOf?: FindDestination;
}

/**
 * Finds the files that have rows of a key, in all versions at some locations. Versions that inherit others list their own files: the others have
 * theirs, and where one of them is not at the locations, that is told. Only columns of the key are read, and whether files are as they were is not looked at.
 * @throws request.invalid where there is no version, or no table with such columns; verification.failed for manifests and files that do not
 *   hold; the signal's reason
 */
export async function findKey(locations: readonly string[], options: FindOptions): Promise<Found> {
  const holdings: Holding[] = [];
  const untold: Untold[] = [];
  const looked = { versions: 0, files: 0, read: 0 };
  const columns = new Map<string, LedgerLine>();
  const seen = new Set<string>();
  const notes = new Set<string>();
  const chains = new LookedChains(Object.keys(options.key));
  let isValue = false;
  for (const location of locations) {
    for (const place of await locateVersions(location, options.destinationOf)) {
      options.signal?.throwIfAborted();
      // Locations may lie in each other.
      const at = `${place.folder}/${place.manifest}`;
      if (seen.has(at)) continue;
      seen.add(at);
      const where = { where: `location: ${location}`, hint: '`tidemark verify` says more.' };
      const { version, id } = await readChecked(place, where);
      looked.versions += 1;
      chains.add({ id, version });
      for (const table of version.tables) {
        const sought = await soughtIn(table, version, options);
        if (sought === undefined) continue;
        for (const line of table.schema) if (Object.hasOwn(options.key, line.name)) columns.set(line.name, line);
        isValue ||= typeof sought === 'string' || sought.isValue;
        if (typeof sought === 'string') {
          untold.push({ version: version.uri, table: table.name, reason: sought });
          continue;
        }
        for (const note of sought.notes) notes.add(note);
        if (!sought.isValue) notes.add(passedOver(version, table, options.key));
        for await (const one of holdingsIn({ place, version, table, sought }, looked, options))
          holdings.push({ version: version.uri, id, location: place.folder, table: table.name, ...one });
      }
    }
  }
  assertValue(options.key, columns, isValue);
  return { key: options.key, holdings, untold: [...untold, ...chains.missing()], notes: [...notes], looked };
}

/** @param columns of tables that have the key, with their types; none: no table has it */
function assertValue(key: SoughtKey, columns: ReadonlyMap<string, LedgerLine>, isValue: boolean): void {
  if (columns.size === 0)
    throw invalidRequest(
      `key: no table has ${Object.keys(key)
        .map((name) => inLine(quotedName(name)))
        .join(' and ')}`,
      '`tidemark show` lists the columns of a version.',
    );
  if (isValue) return;
  const texts = Object.entries(key).map(([name, text]) => `${JSON.stringify(text)} of ${typed(columns.get(name)!)}`);
  throw invalidRequest(
    `key: it is no value of its column: ${texts.join(', ')}`,
    Object.keys(key)
      .flatMap((name) => formHint(columns.get(name)!))
      .join(' '),
  );
}

const typed = ({ name, type }: LedgerLine): string => `${optionNameInLine(name)} (${type})`;

/** None of a column that any text is a value of. */
function formHint(line: LedgerLine): readonly string[] {
  const name = optionNameInLine(line.name);
  const { type } = columnOf(line);
  if (isNumberAsText(line)) return [`${name} is written as a number, as the source has one.`];
  if (type.kind === 'text' || type.kind === 'json') return [];
  const form = formOf(type);
  return form === undefined
    ? [`${name} has lists, structs or intervals, which are not looked for: give a key of other columns.`]
    : [`${name} is written as ${form}.`];
}

/** Of a table whose columns have the names of the key, and cannot have its values. */
function passedOver({ uri }: ManifestVersion, { name, schema }: ManifestTable, key: SoughtKey): string {
  const columns = schema.filter((line) => Object.hasOwn(key, line.name)).map(typed);
  return `${uri}, ${name}: passed over, since the key is no value of ${columns.join(', ')}`;
}

/** A table of a version, and what is looked for in it. */
interface TableSearch {
  readonly place: VersionLocation;
  readonly version: ManifestVersion;
  readonly table: ManifestTable;
  readonly sought: Sought;
}

async function* holdingsIn(
  search: TableSearch,
  looked: { files: number; read: number },
  { signal, onFile }: FindOptions,
): AsyncGenerator<Pick<Holding, 'file' | 'split' | 'partition' | 'rows'>> {
  const { table, sought } = search;
  const indices = sought.columns.map(({ name }) => table.schema.findIndex((line) => line.name === name));
  const may = mayHold(sought, indices);
  const rowsIn = await countRows(search, may, signal);
  for (const { split, partition, shards } of table.targets)
    for (const shard of shards) {
      signal?.throwIfAborted();
      looked.files += 1;
      onFile?.(looked.files);
      if (sought.candidates.length === 0 || shard.facts.rows === 0 || !(await may.file(shard.facts.columns))) continue;
      looked.read += 1;
      const rows = await rowsIn(shard, partition);
      if (rows === 0) continue;
      yield { file: shard.path, rows, ...(split !== undefined && { split }), ...(partition && { partition }) };
    }
}

/** Counts how many rows of a file have the key. */
async function countRows(
  { place, version, table, sought: { columns, hashes, asCompared } }: TableSearch,
  may: MayHold,
  signal: AbortSignal | undefined,
): Promise<(shard: ManifestShard, partition: PartitionValues | undefined) => Promise<number>> {
  const reader = await formatOfVersion(version).loadReader();
  const as = storedAs(version, table);
  const names = columns.map(({ name }) => name);
  const eachHash = hashesOfKeys(names, columns);
  // Most rows are told by the first word of their hash.
  const first = new Set([...hashes].map((hash) => Number.parseInt(hash.slice(0, 8), 16)));
  return async (shard, partition) => {
    const file = await openShard(place, shard.path);
    if (file === undefined) throw notAsListed(place.folder, shard.path, 'is missing');
    try {
      if (file.size !== shard.bytes) throw notAsListed(place.folder, shard.path, 'has another size than is listed');
      let rows = 0;
      const open = { file, reader, bytes: shard.bytes, as, partition, signal };
      const batches = version.kept === undefined ? rowsThatMay(may, columns, open) : readKeyColumns(columns, open);
      for await (const batch of namingFile(shard.path, fetchAgain, batches))
        eachHash(asCompared(batch), (words) => {
          for (let at = 0; at < words.length; at += 4)
            if (first.has(words[at]!) && hashes.has(hashText(words, at))) rows += 1;
        });
      return rows;
    } finally {
      await file.close();
    }
  };
}

/** Of the row groups that may have the key, by what the file tells of their pages; of all where it tells nothing. */
async function* rowsThatMay(may: MayHold, columns: readonly Column[], open: OpenShard): AsyncGenerator<RecordBatch> {
  const { file, reader, bytes, as } = open;
  const groups = await reader.pageBounds?.(file, { bytes, as, columns: columns.map(({ name }) => name) });
  const held = groups && (await Promise.all(groups.map((bounds) => may.rowGroup(bounds))));
  const rowGroups = held?.flatMap((mayBe, group) => (mayBe ? [group] : []));
  yield* readKeyColumns(columns, { ...open, rowGroups });
}
