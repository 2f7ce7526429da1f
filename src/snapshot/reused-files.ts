import { posix } from 'node:path';
import type { DraftObjects } from '../core/destination.js';
import { invalidRequest } from '../core/errors.js';
import { hashFile } from '../core/file-hash.js';
import type { ShardReceipt } from '../core/shard.js';
import { shardNames, type StoredFolder } from '../lane/open-shard.js';
import type { ManifestInput } from '../manifest/build-input.js';
import { manifestName } from '../manifest/encode.js';
import type { Manifest, ManifestShard } from '../manifest/shape.js';
import { announcedSidecars, shardsOf, shardsOfVersion } from '../manifest/shards.js';
import type { Parent } from '../version/parent.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';
import type { WrittenRows } from './write-shards.js';

/** The rows that were written, in files of which some are those of an earlier version. */
export interface Reused {
  readonly tables: readonly WrittenRows[];
  /** What the manifest says of it; undefined: no file is. */
  readonly reused: ManifestInput['reused'];
}

/** Where files are, and where they go. */
interface Files {
  readonly ports: Pick<Ports, 'destinationOf'>;
  readonly objects: DraftObjects;
  readonly signal: AbortSignal;
}

/**
 * Takes over the files of an earlier version that have the same bytes as files that were written, at the same place in the same
 * table; what was written goes. Where files are linked, each of the earlier version is held against its sha-256 first.
 */
export async function reuseFiles(
  { out, chain }: Pick<Plan, 'out' | 'chain'>,
  tables: readonly WrittenRows[],
  before: Parent | undefined,
  { ports, objects, signal }: Files,
): Promise<Reused> {
  const reuse = chain?.reuse;
  if (before === undefined || reuse === undefined) return { tables, reused: undefined };
  const { manifest, folder, location } = before;
  const earlier = ports.destinationOf(location);
  const store = await earlier.loadStore();
  const sameKind = earlier.kind === ports.destinationOf(out).kind;
  const written = new Set(tables.flatMap(shardsOf).map(({ path }) => path));
  const takeOver = async ({ path }: ShardReceipt, old: ManifestShard): Promise<boolean> => {
    // Two names of one file would be one name of two.
    if (written.has(old.path)) return false;
    const isThere = reuse === 'inherited' || (sameKind && (await link({ store, folder }, old, { objects, signal })));
    if (isThere) await objects.remove(path);
    return isThere;
  };
  const after = await reusedTables(tables, manifest, takeOver);
  const taken = new Set(after.flatMap(shardsOf).flatMap(({ path, reused }) => (reused ? [path] : [])));
  if (taken.size === 0) return { tables, reused: undefined };
  const { id, version } = manifest;
  const exclude = reuse === 'inherited' ? leftOut(manifest, taken) : undefined;
  return { tables: after, reused: { version: { uri: version.uri, id }, exclude } };
}

async function reusedTables(
  tables: readonly WrittenRows[],
  { version }: Manifest,
  takeOver: (written: ShardReceipt, old: ManifestShard) => Promise<boolean>,
): Promise<readonly WrittenRows[]> {
  const after: WrittenRows[] = [];
  for (const table of tables) {
    const before = version.tables.find(({ name }) => name === table.name);
    const left = before === undefined ? [] : shardsOf(before);
    const targets: WrittenRows['targets'][number][] = [];
    for (const target of table.targets)
      targets.push({ ...target, shards: await reusedShards(target.shards, left, takeOver) });
    after.push({ ...table, targets });
  }
  return after;
}

/** @param left files of the earlier version that nothing is yet; those that are taken over go */
async function reusedShards(
  written: readonly ShardReceipt[],
  left: ManifestShard[],
  takeOver: (written: ShardReceipt, old: ManifestShard) => Promise<boolean>,
): Promise<readonly ShardReceipt[]> {
  const shards: ShardReceipt[] = [];
  for (const shard of written) {
    const at = left.findIndex((old) => isSame(old, shard));
    const same = at < 0 ? undefined : left.splice(at, 1)[0]!;
    const isTaken = same !== undefined && (await takeOver(shard, same));
    shards.push(isTaken ? { ...shard, path: same.path, reused: true } : shard);
  }
  return shards;
}

/** The same bytes in the same folder: where it is says which table, part and partition its rows are of. */
function isSame(old: ManifestShard, { path, bytes, sha256 }: ShardReceipt): boolean {
  return old.sha256 === sha256 && old.bytes === bytes && posix.dirname(old.path) === posix.dirname(path);
}

/** Whether the file of the earlier version is one of this one now. Somebody may have changed it since. */
async function link(
  { store, folder }: StoredFolder,
  { path, sha256, bytes }: ManifestShard,
  { objects, signal }: Pick<Files, 'objects' | 'signal'>,
): Promise<boolean> {
  for (const location of shardNames(path).map((name) => store.join(folder, name))) {
    const file = await store.open(location);
    if (file === undefined) continue;
    try {
      if (file.size !== bytes || (await hashFile(file, { signal })).sha256 !== sha256) return false;
    } finally {
      await file.close();
    }
    return objects.takeOver(path, location);
  }
  return false;
}

/** Names of files of the earlier version that are not this one's: a platform puts all into one folder. */
function leftOut({ version }: Manifest, taken: ReadonlySet<string>): readonly string[] {
  const shards = shardsOfVersion(version).filter(({ path }) => !taken.has(path));
  return [
    ...[...shards, ...announcedSidecars(version)].map(({ path }) => posix.basename(path)),
    manifestName(version.name),
  ];
}

/**
 * Whether the files of a version can be taken over: they are all that it has.
 * @throws request.invalid
 */
export function assertReusable({ dataset, chain }: Pick<Plan, 'dataset' | 'chain'>, { version }: Manifest): void {
  if (chain?.reuse === undefined) return;
  const { uri, from, dataset: own } = version;
  if (own !== dataset) {
    throw invalidRequest(
      `reuse-files: ${uri} is not of the dataset "${dataset}", in which its files would have names of their own`,
      'Give a version of the same dataset, or leave --reuse-files out.',
    );
  }
  if (from === undefined) return;
  throw invalidRequest(
    `reuse-files: ${uri} starts from ${from}, and has the files of that one, too`,
    'Give a version that has all its files; of a chain, `tidemark compact` makes one. Or leave --reuse-files out.',
  );
}
