import { arrowSchema } from '../../core/types.js';
import { canonicalJson } from '../../manifest/canonical.js';
import { chainOf, inheritedFrom, type InheritedVersion } from '../../manifest/chain.js';
import { manifestName } from '../../manifest/encode.js';
import { parseVersionUri } from '../../manifest/names.js';
import type { Manifest, ManifestVersion } from '../../manifest/shape.js';
import { manifestsBeside } from '../children.js';
import { columnOf } from '../ledger-column.js';
import { readManifestFile, type VersionLocation } from '../locate.js';
import { failure, type Finding, warning } from './finding.js';
import { checkManifest } from './manifest.js';

/** A version of a chain, and where it is. */
export interface FoundVersion {
  readonly place: VersionLocation;
  readonly manifest: Manifest;
}

/** What is there of the versions that one inherits. */
export interface ChainCheck {
  readonly found: readonly FoundVersion[];
  readonly missing: number;
  readonly findings: readonly Finding[];
}

/**
 * Looks at the versions that a version inherits, where they are: in the same folder, as a platform lays a dataset out, or in
 * folders beside its own. Each must be the one that was gone on from, list the same versions before it, and be gone on from by one alone.
 */
export async function checkChain(place: VersionLocation, { version }: Manifest): Promise<ChainCheck> {
  const { inherits = [] } = version;
  const findings = [...totalFindings(version, place.manifest), ...(await forkFindings(place, version))];
  const found: FoundVersion[] = [];
  for (const [index, line] of inherits.entries()) {
    const at = await findBeside(place, line.uri);
    if (at === undefined) continue;
    const { read, findings: own } = checkManifest(await readManifestFile(at), at.manifest, undefined);
    for (const finding of own) findings.push(finding);
    if (read === undefined) continue;
    findings.push(...linkFindings(read.manifest, inherits.slice(0, index + 1), at.manifest));
    if (index === inherits.length - 1) findings.push(...liveFindings(version, read.manifest.version, place.manifest));
    found.push({ place: at, manifest: read.manifest });
  }
  const missing = inherits.length - found.length;
  if (missing > 0) findings.push(missingFinding(missing, inherits.length, place.manifest));
  return { found, missing, findings };
}

/** A version may lie alone, as a run leaves it; a chain of which some are missing is not whole. */
function missingFinding(missing: number, all: number, file: string): Finding {
  if (missing === all)
    return warning('chain', file, 'the versions that it inherits are not here, and were not checked');
  return failure(
    'chain',
    file,
    `${missing} of the ${all} versions that it inherits are not here: the chain is not whole`,
  );
}

/** Where a version of the same dataset is that lies beside another one; undefined: it does not. */
export async function findBeside(place: VersionLocation, uri: string): Promise<VersionLocation | undefined> {
  const { store, folder } = place;
  const { version } = parseVersionUri(uri, 'inherits');
  const manifest = manifestName(version);
  const own = store.join(store.split(folder).folder, version);
  const folders = place.flat ? [folder] : [own, folder];
  for (const at of folders) {
    if ((await store.kindOf(store.join(at, manifest))) === 'file')
      return { store, folder: at, manifest, flat: at !== own };
  }
  return undefined;
}

/** @param inherits up to the version itself */
function linkFindings(manifest: Manifest, inherits: readonly InheritedVersion[], file: string): Finding[] {
  const line = inherits.at(-1)!;
  if (manifest.id !== line.id) {
    const message = `this is not the version ${line.uri} that was gone on from`;
    return [failure('chain', file, message, { expected: line.id, found: manifest.id })];
  }
  if (canonicalJson(inheritedFrom(manifest)) === canonicalJson(inherits)) return [];
  return [failure('chain', file, `what it inherits and holds is listed otherwise by a later version`)];
}

/** Sums over the chain must be those of its versions. */
function totalFindings(version: ManifestVersion, file: string): Finding[] {
  const { chain, inherits = [], parent } = version;
  if (parent === undefined) return [];
  const last = inherits.at(-1);
  if (last?.id !== parent.id || last.uri !== parent.uri) {
    return [failure('chain', file, 'the last version that it inherits is not its parent')];
  }
  const tables = version.tables.map((table) => ({ ...table, arrow: arrowSchema(table.schema.map(columnOf)) }));
  const counted = chainOf(version, tables, inherits);
  if (canonicalJson(counted) === canonicalJson(chain)) return [];
  const message = 'the sums over the chain are not those of its versions';
  return [failure('chain', file, message, { expected: canonicalJson(chain), found: canonicalJson(counted) })];
}

/** What counted before, what came and what went must be what counts. */
function liveFindings(version: ManifestVersion, parent: ManifestVersion, file: string): Finding[] {
  return version.tables.flatMap(({ name, live }) => {
    const before = parent.tables.find((table) => table.name === name)?.live;
    if (live === undefined || before === undefined) return [];
    const expected = before.rows + live.inserted - live.gone;
    if (expected === live.rows) return [];
    const message = `the rows of ${name} that count are not those of its parent with what came, and without what went`;
    return [failure('chain', file, message, { expected: String(expected), found: String(live.rows) })];
  });
}

/** Two versions that go on from the same one hold the same rows twice. */
async function forkFindings(place: VersionLocation, version: ManifestVersion): Promise<Finding[]> {
  const beside = await manifestsBeside(place);
  const ids = new Set([version.parent?.id, ...(version.inherits ?? []).map(({ id }) => id)]);
  return [...ids].flatMap((id) => {
    if (id === undefined) return [];
    const children = beside.filter((one) => one.version.parent?.id === id && one.version.dataset === version.dataset);
    const uris = [...new Set(children.map((one) => one.version.uri))];
    if (uris.length < 2) return [];
    return [failure('chain', place.manifest, `the chain forks: ${uris.join(' and ')} go on from the same version`)];
  });
}
