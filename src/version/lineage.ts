import type { ServerInfo } from '../core/source.js';
import { commandAgain } from '../manifest/again.js';
import type { Manifest } from '../manifest/shape.js';
import type { Lineage } from '../manifest/shape-run.js';
import { readManifestFile, type VersionLocation } from './locate.js';
import { findBeside } from './verify/chain.js';
import { checkManifest } from './verify/manifest.js';

/** A version that another one is made of, or itself. */
export interface LineageEntry {
  readonly version: string;
  readonly id: string;
  /** `itself`; `inherited`: its rows are part of the version; `merged`: those of it and of what it inherited were merged into it; `reused`: some of its files are. */
  readonly relation: 'itself' | 'inherited' | 'merged' | 'reused';
  /** `here`: its manifest lies there, and holds; `other`: what lies there is another version of that name; `missing`. */
  readonly state: 'here' | 'other' | 'missing';
  /** The rest is told where it is here. */
  readonly rows?: number;
  /** When its newest rows were read. */
  readonly readAt?: string;
  readonly server?: ServerInfo;
  /** How it was told which rows are new. */
  readonly road?: string;
  readonly assumed?: readonly string[];
  /** What the platform said of the execution that made it. */
  readonly execution?: Lineage;
  readonly signer?: string;
  readonly command?: string;
}

/** A version that is told of by another one. */
type Told = Pick<LineageEntry, 'version' | 'id' | 'relation'>;

/**
 * The versions that a version goes back to, the newest first, each as far as its manifest lies beside. What a merged version was made of is
 * followed, too.
 */
export async function lineageOf(place: VersionLocation, manifest: Manifest): Promise<readonly LineageEntry[]> {
  const entries: LineageEntry[] = [
    entryOf({ version: manifest.version.uri, id: manifest.id, relation: 'itself' }, manifest),
  ];
  const waiting = toldBy(manifest);
  const seen = new Set([manifest.id]);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next.id)) continue;
    seen.add(next.id);
    const found = await manifestOf(place, next);
    entries.push(typeof found === 'string' ? { ...next, state: found } : entryOf(next, found));
    if (typeof found !== 'string' && next.relation === 'merged')
      waiting.push(...toldBy(found).map((one) => ({ ...one, relation: 'merged' as const })));
  }
  return entries;
}

/** The newest first. */
function toldBy({ version }: Manifest): Told[] {
  const { inherits = [], compacts, reuses } = version;
  return [
    ...inherits.toReversed().map(({ uri, id }): Told => ({ version: uri, id, relation: 'inherited' })),
    ...(compacts ? [{ version: compacts.uri, id: compacts.id, relation: 'merged' as const }] : []),
    ...(reuses ? [{ version: reuses.uri, id: reuses.id, relation: 'reused' as const }] : []),
  ];
}

async function manifestOf(place: VersionLocation, { version, id }: Told): Promise<Manifest | 'missing' | 'other'> {
  const found = await findBeside(place, version);
  if (found === undefined) return 'missing';
  const { read, findings } = checkManifest(await readManifestFile(found), found.manifest, undefined);
  return read === undefined || findings.length > 0 || read.manifest.id !== id ? 'other' : read.manifest;
}

function entryOf(told: Told, manifest: Manifest): LineageEntry {
  const { version, run } = manifest;
  const { increment, lineage, signer } = run;
  return {
    ...told,
    state: 'here',
    rows: version.rows,
    readAt: run.queriedAt ?? run.startedAt,
    server: run.server,
    ...(increment && { road: increment.road, assumed: increment.assumed }),
    ...(lineage && { execution: lineage }),
    ...(signer !== undefined && { signer }),
    command: commandAgain(manifest),
  };
}
