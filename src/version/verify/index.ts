import { locateVersion, readManifestFile, type VersionLocation } from '../locate.js';
import { invalidRequest } from '../../core/errors.js';
import { versionId } from '../../manifest/identity.js';
import { publicKeyOf } from '../../manifest/signature.js';
import type { ReadManifest } from '../../manifest/parse.js';
import type { Manifest } from '../../manifest/shape.js';
import { shardsOfVersion } from '../../manifest/shards.js';
import type { Finding } from './finding.js';
import { checkChain } from './chain.js';
import { checkFiles, ofMember } from './files.js';
import { extraFiles } from './folder.js';
import { checkManifest } from './manifest.js';
import { checkMetadata } from './metadata.js';
import type { VerifyOptions } from './options.js';
import { sidecarFindings } from './sidecar.js';
import { type CheckedSignature, checkSignature } from './signature.js';

export type { Finding } from './finding.js';
export type { VerifyOptions, VerifyProgress } from './options.js';

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
  const shards = manifest ? await checkFiles(place, manifest, options) : nothing;
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
      `signer: what was given ${(thrown as Error).message}`,
      'Give the public key of Ed25519 as `tidemark show` prints it, or the file that has it as PEM: openssl pkey -in key.pem -pubout.',
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
    const shards = await checkFiles(one.place, one.manifest, options);
    // Of a folder that all versions lie in, it was looked at what else is there.
    const isSameFolder = one.place.folder === place.folder;
    const others = isSameFolder ? [] : await extraFiles(one.place, one.manifest);
    const signature = await checkSignature(one.place, one.manifest, { id: one.manifest.id, expected: undefined });
    const beside = [...(await sidecarFindings(one.place, one.manifest)), ...signature.findings];
    const own = [...shards.findings, ...beside, ...others];
    const way = isSameFolder ? '' : `../${one.manifest.version.name}/`;
    for (const finding of own) all.push({ ...finding, file: `${way}${finding.file}` });
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

function countShards({ version }: Manifest): number {
  return shardsOfVersion(version).length;
}
