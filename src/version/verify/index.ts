import pLimit from 'p-limit';
import type { StoredAs } from '../../core/format.js';
import { storedAs } from '../stored-as.js';
import { type FindDestination, locateVersion, readManifestFile, type VersionLocation } from '../locate.js';
import { invalidRequest, TidemarkError } from '../../core/errors.js';
import { versionId } from '../../manifest/identity.js';
import { publicKeyOf } from '../../manifest/signature.js';
import type { ReadManifest } from '../../manifest/parse.js';
import type { Manifest, ManifestShard, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { shardsOf, shardsOfVersion } from '../../manifest/shards.js';
import { formatOfVersion } from '../../shard/registry.js';
import { EntityRecount } from './entities.js';
import { failure, type Finding } from './finding.js';
import { checkChain } from './chain.js';
import { extraFiles } from './folder.js';
import { checkManifest } from './manifest.js';
import { checkMetadata } from './metadata.js';
import { Recount, tellsEntities } from './recount.js';
import { absentReused } from './reused.js';
import { checkShard } from './shard.js';
import { sidecarFindings } from './sidecar.js';
import { type CheckedSignature, checkSignature } from './signature.js';

export type { Finding } from './finding.js';

export interface VerifyProgress {
  /** Shards checked, and shards that there are. */
  readonly files: number;
  readonly totalFiles: number;
  /** Bytes hashed, and bytes that the manifest lists. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface VerifyOptions {
  /** Sizes, hashes and footers alone: values are not decoded. */
  readonly quick?: boolean;
  /** The id that the version must have, or its beginning. */
  readonly id?: string;
  /** The public key by which its id must be signed: 32 bytes in base64, or PEM. */
  readonly signer?: string;
  /** Of several machines that check the version together, which one this is: it checks every `count`th file, from `index` on. */
  readonly member?: { readonly index: number; readonly count: number };
  /** Shards that are checked at the same time; 2 unless given. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly destinationOf?: FindDestination;
}

export interface Verification {
  /** The folder that was checked: its absolute path. */
  readonly location: string;
  /** Undefined where the manifest cannot be read. The id is the one that the manifest tells. */
  readonly version: { readonly uri: string; readonly id: string } | undefined;
  /** The public key whose signature of the id holds, 32 bytes in base64. Undefined: nobody has signed it, or the signature does not hold. */
  readonly signer: string | undefined;
  /** No finding is an error. */
  readonly valid: boolean;
  readonly findings: readonly Finding[];
  /** Shards that the manifest lists. */
  readonly files: number;
  /** Of these, which were left to other machines. Absent: none was. */
  readonly others?: number;
  /** Rows that were found in files that hold. */
  readonly rows: number;
  /** Bytes of the shards that are there. */
  readonly bytes: number;
  /** The versions that it inherits, as far as they are here, and the rows found in them. Absent: it inherits none. */
  readonly inherited?: { readonly versions: number; readonly missing: number; readonly rows: number };
  readonly seconds: number;
}

/**
 * Checks a version against its manifest: the manifest's own form, id and seal; every shard's presence, size, sha-256, Parquet
 * footer and (unless quick) values, of which statistics and digests are computed anew; files that do not belong; and the platform's metadata lines where they are there. What is
 * wrong comes back as findings; only what keeps it from looking is thrown.
 *
 * @throws request.invalid where there is no version, or more than one, or the signer is no key; destination.* where files cannot be read; the
 *   signal's reason when it is aborted
 */
export async function verifyVersion(location: string, options: VerifyOptions = {}): Promise<Verification> {
  const started = performance.now();
  const expected = options.signer === undefined ? undefined : signerOf(options.signer);
  const place = await locateVersion(location, options.destinationOf);
  const { read, findings: manifestFindings } = checkManifest(await readManifestFile(place), place.manifest, options.id);
  const manifest = read?.manifest;
  const nothing = { findings: [], rows: 0, bytes: 0 };
  const signature = manifest
    ? await checkSignature(place, manifest, { id: versionId(read.content.version), expected })
    : unsigned;
  const shards = manifest ? await checkShards(place, manifest, options) : nothing;
  const beside = read ? await besideFindings(place, read) : [];
  const chain = manifest?.version.inherits && (await checkInherited(place, manifest, options));
  const findings = [
    ...manifestFindings,
    ...signature.findings,
    ...shards.findings,
    ...beside,
    ...(chain?.findings ?? []),
  ];
  return {
    location: place.folder,
    version: manifest && { uri: manifest.version.uri, id: manifest.id },
    signer: signature.signer,
    valid: findings.every((finding) => finding.severity !== 'error'),
    findings,
    files: manifest ? countShards(manifest) : 0,
    ...(options.member &&
      manifest && { others: countShards(manifest) - ofMember(shardsOfVersion(manifest.version), options).length }),
    rows: shards.rows,
    bytes: shards.bytes,
    ...(chain && { inherited: { versions: chain.versions, missing: chain.missing, rows: chain.rows } }),
    seconds: (performance.now() - started) / 1000,
  };
}

const unsigned: CheckedSignature = { signer: undefined, findings: [] };

function signerOf(text: string): string {
  try {
    return publicKeyOf(text);
  } catch (thrown) {
    throw invalidRequest(
      `signer: ${(thrown as Error).message}`,
      'It is the public key of Ed25519 as `tidemark show` prints it, or as PEM: openssl pkey -in key.pem -pubout',
    );
  }
}

/** The versions that a version inherits, and their files. */
async function checkInherited(
  place: VersionLocation,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<Required<Verification>['inherited'] & Pick<Verification, 'findings'>> {
  const { found, missing, findings } = await checkChain(place, manifest);
  const all = [...findings];
  let rows = 0;
  for (const one of found) {
    const shards = await checkShards(one.place, one.manifest, options);
    // Of a folder that all versions lie in, it was looked at what else is there.
    const isSameFolder = one.place.folder === place.folder;
    const others = isSameFolder ? [] : await extraFiles(one.place, one.manifest);
    const signature = await checkSignature(one.place, one.manifest, { id: one.manifest.id, expected: undefined });
    const beside = [...(await sidecarFindings(one.place, one.manifest)), ...signature.findings];
    const own = [...shards.findings, ...beside, ...others];
    const way = isSameFolder ? '' : `../${one.manifest.version.name}/`;
    all.push(...own.map((finding) => ({ ...finding, file: `${way}${finding.file}` })));
    rows += shards.rows;
  }
  return { findings: all, versions: found.length, missing, rows };
}

/** Of what is there beside the shards. */
async function besideFindings(place: VersionLocation, read: ReadManifest): Promise<readonly Finding[]> {
  return [
    ...(await sidecarFindings(place, read.manifest)),
    ...(await extraFiles(place, read.manifest)),
    ...(await checkMetadata(place, read)),
  ];
}

/** Every how many-th one is a member's own. */
function ofMember<T>(all: readonly T[], { member }: VerifyOptions): readonly T[] {
  return member === undefined ? all : all.filter((_, index) => index % member.count === member.index);
}

function countShards({ version }: Manifest): number {
  return shardsOfVersion(version).length;
}

function recountOf(
  table: ManifestTable,
  file: string,
  version: ManifestVersion | 'quick',
  entities: EntityRecount | undefined,
): { readonly recount: Recount | undefined; readonly findings: readonly Finding[] } {
  if (version === 'quick') return { recount: undefined, findings: [] };
  try {
    return { recount: new Recount(table, file, version, entities), findings: [] };
  } catch (thrown) {
    return { recount: undefined, findings: [failure('schema', file, TidemarkError.from(thrown).message)] };
  }
}

/** Of a type that is not known there is a finding already, if it is looked at values. */
function knownAs(version: ManifestVersion, table: ManifestTable): StoredAs {
  try {
    return storedAs(version, table);
  } catch {
    return { ...version, columns: [] };
  }
}

interface CheckedShards {
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly bytes: number;
}

async function checkShards(place: VersionLocation, manifest: Manifest, options: VerifyOptions): Promise<CheckedShards> {
  const { version } = manifest;
  const unknown = unknownFormat(version, place.manifest);
  if (unknown.length > 0) return { findings: unknown, rows: 0, bytes: 0 };
  const entities = options.quick || options.member ? undefined : entitiesOf(version);
  try {
    const { absent, findings } = await absentReused(place, manifest);
    const checked = await checkShardsOf(place, version, options, { entities, absent });
    return { ...checked, findings: [...checked.findings, ...findings] };
  } finally {
    entities?.close();
  }
}

/** Of files in a format that nobody knows here, nothing can be said. */
function unknownFormat(version: ManifestVersion, file: string): readonly Finding[] {
  try {
    formatOfVersion(version);
    return [];
  } catch (thrown) {
    return [failure('manifest', file, TidemarkError.from(thrown).message)];
  }
}

/** Of a part's version the manifest tells the entities of all parts. */
function entitiesOf(version: ManifestVersion): EntityRecount | undefined {
  const { split, entities: told, part } = version;
  return split && told && part === undefined && tellsEntities(version) ? new EntityRecount(split, told) : undefined;
}

async function checkShardsOf(
  place: VersionLocation,
  version: ManifestVersion,
  options: VerifyOptions,
  { entities, absent }: { readonly entities: EntityRecount | undefined; readonly absent: ReadonlySet<ManifestShard> },
): Promise<CheckedShards> {
  const tables = version.tables.map((table) => ({
    table,
    ...recountOf(table, place.manifest, options.quick ? 'quick' : version, entities),
  }));
  const all = tables.flatMap(({ table, recount }) => {
    const as = knownAs(version, table);
    return shardsOf(table).map((shard) => ({ table, shard, recount, as }));
  });
  const shards = ofMember(all, options).filter(({ shard }) => !absent.has(shard));
  const totalBytes = shards.reduce((total, { shard }) => total + shard.bytes, 0);
  let progress: VerifyProgress = { files: 0, totalFiles: shards.length, bytes: 0, totalBytes };
  const advance = (files: number, bytes: number): void => {
    progress = { ...progress, files: progress.files + files, bytes: progress.bytes + bytes };
    options.onProgress?.(progress);
  };
  const settings = {
    checker: await formatOfVersion(version).loadChecker(),
    reader: await formatOfVersion(version).loadReader(),
    store: place.store,
    folder: place.folder,
    kept: version.kept !== undefined,
    quick: options.quick ?? false,
    bySha256: new Map(shards.map(({ shard }) => [shard.sha256, shard.path])),
    signal: options.signal,
    onBytes: (count: number) => advance(0, count),
  };
  const limit = pLimit(options.concurrency ?? 2);
  const checks = await Promise.all(
    shards.map((shard) =>
      limit(async () => {
        options.signal?.throwIfAborted();
        const check = await checkShard(shard, settings);
        advance(1, 0);
        return check;
      }),
    ),
  );
  const findings = [
    ...checks.flatMap((check) => check.findings),
    ...tables.flatMap(({ recount, findings: own }) => [...own, ...(recount?.totals() ?? [])]),
  ];
  // Of rows that could not be read, nobody knows the entities.
  const complete = findings.length === 0 && absent.size === 0;
  return {
    findings: [...findings, ...(complete ? (entities?.findings(place.manifest) ?? []) : [])],
    rows: checks.reduce((total, check) => total + check.rows, 0),
    bytes: checks.reduce((total, check) => total + check.bytes, 0),
  };
}
