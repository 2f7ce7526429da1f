import { tmpdir } from 'node:os';
import type { Destination, Draft, VersionFiles, VersionPlace } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { versionUri } from '../core/version-uri.js';
import type { DraftTicket } from '../lane/messages.js';
import { encodeManifest, manifestName } from '../manifest/encode.js';
import type { Manifest } from '../manifest/shape.js';
import { shardsOfVersion, uploadedShards } from '../manifest/shards.js';
import type { SigningKey } from '../manifest/signature.js';
import { metadataLines } from '../manifest/valohai.js';
import { makeScratch, removeScratch, type ScratchTicket } from '../scratch/folder.js';
import type { Ports } from './ports.js';
import type { RunEvents } from './run-events.js';
import { signatureFiles, writeSidecars } from './sidecars.js';

/** A version that is to be made. */
interface PlannedPlace extends VersionPlace {
  /** The part of the split that it is of; undefined: it has all rows. */
  readonly split?: string | undefined;
}

/** The versions that are to be made together, and where. */
export interface PlannedPublication {
  readonly versions: readonly PlannedPlace[];
  readonly out: string;
  readonly run: string;
  /** Folder for scratch data; undefined: where the version is made, or the system's. */
  readonly scratch: string | undefined;
  /** Other machines write files, too. Absent: none does. */
  readonly shared?: boolean;
  /** Signs the versions; absent: nobody does. */
  readonly signingKey?: SigningKey | undefined;
}

/** Where files are written. */
export interface Places {
  readonly draft: Draft;
  readonly scratch: ScratchTicket;
}

export interface PublicationSteps<Made> {
  /** Writes the shards, and gives the manifests of the versions that are to be published; some may be left out. */
  make(places: Places): Promise<Made>;
  /** Whether they may still be published; absent: they may. */
  check?(): Promise<void>;
}

/**
 * Makes versions in a draft, and publishes them all at once. When it throws, nothing of it stays.
 * @throws request.*, destination.*; the signal's reason; what the steps throw
 */
export async function publishInDraft<Made extends readonly Manifest[] | 'unchanged'>(
  { versions: planned, out, run, scratch: wanted, shared = false, signingKey }: PlannedPublication,
  {
    destination,
    ports,
    events,
    signal,
  }: {
    readonly destination: Destination;
    readonly ports: Ports;
    readonly events: RunEvents;
    readonly signal: AbortSignal;
  },
  { make, check }: PublicationSteps<Made>,
): Promise<Made> {
  const [first, ...others] = planned.map(({ dataset, version, split }) => ({
    dataset,
    version,
    ...(split !== undefined && { from: split }),
    names: [manifestName(version)],
  }));
  const draft = await destination.openDraft({ ...first!, siblings: others, run, shared });
  // A process that is made to end at once still takes with it what it has made.
  let scratch: ScratchTicket | undefined;
  const lastResort = (): void => {
    if (scratch) removeScratch(ports.machine.fs, scratch);
    draft.abortSync();
  };
  process.once('exit', lastResort);
  try {
    scratch = makeScratch(ports.machine, wanted ?? draft.scratch ?? tmpdir());
    const made = await make({ draft, scratch });
    if (removeScratch(ports.machine.fs, scratch) === undefined) scratch = undefined;
    if (made === 'unchanged') {
      await draft.abort();
      return made;
    }
    const manifests: readonly Manifest[] = made;
    await writeSidecars(manifests, signingKey, await ports.openObjects(draftTicketOf(out, draft, ports)));
    const shards = manifests.reduce((sum, { version }) => sum + shardsOfVersion(version).length, 0);
    events.listener({ type: 'publishing', shards });
    signal.throwIfAborted();
    await check?.();
    const uris = new Set(manifests.map(({ version }) => version.uri));
    const leftOut = planned.flatMap((one, index) => (uris.has(versionUri(one)) ? [] : [index]));
    const [own, ...siblings] = manifests.map((manifest) => versionFiles(manifest, signingKey));
    const warnings = await draft.publish({
      ...own!,
      siblings,
      leftOut,
      announcements: destination.announces ? manifests.flatMap((manifest) => metadataLines(manifest)) : [],
      signal,
    });
    warnings.forEach((message) => events.warn(message));
    return made;
  } catch (error) {
    await draft
      .abort()
      .catch((thrown: unknown) => events.warn(`after the run had failed, ${TidemarkError.from(thrown).message}`));
    throw error;
  } finally {
    process.off('exit', lastResort);
    if (scratch) warnOfScratch(removeScratch(ports.machine.fs, scratch), events);
  }
}

/** @param stays why scratch files could not be removed; undefined: they were */
export function warnOfScratch(stays: TidemarkError | undefined, events: RunEvents): void {
  if (stays !== undefined) events.warn(`${stays.message}. Another run there removes it.`);
}

/** What a thread writes into the draft by. */
export function draftTicketOf(out: string, { ticket }: Draft, ports: Pick<Ports, 'destinationOf'>): DraftTicket {
  return { destination: ports.destinationOf(out).kind, ticket };
}

function versionFiles(manifest: Manifest, signingKey: SigningKey | undefined): VersionFiles {
  const { version } = manifest;
  const signature = signatureFiles(manifest, signingKey).map(({ path, bytes }) => ({ path, bytes: bytes.length }));
  return {
    files: [
      ...version.tables.flatMap((table) => uploadedShards(manifest, table)),
      ...(version.sidecars ?? []),
      ...signature,
    ],
    manifest: { name: manifestName(version.name), bytes: encodeManifest(manifest) },
  };
}
