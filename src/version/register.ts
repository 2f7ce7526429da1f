import { posix } from 'node:path';
import { systemClock } from '../core/clock.js';
import { invalidRequest } from '../core/errors.js';
import { encodeManifest } from '../manifest/encode.js';
import { versionFolder, versionMetadata } from '../manifest/valohai.js';
import { Registration } from '../registration/registration.js';
import type { RegistrationSettings } from '../registration/settings.js';
import { type FindDestination, locateVersion, type VersionLocation } from './locate.js';
import { readChecked } from './read-checked.js';
import { findBeside } from './verify/chain.js';

/** What was registered. */
export interface RegisteredResult {
  /** The version, as a URI. */
  readonly version: string;
  /** How many of its own files there are. */
  readonly files: number;
  readonly location: string;
  /** Versions that it goes on from and that were not registered either: they were registered before it, the oldest first. */
  readonly earlier: readonly string[];
}

/** Registers a version that is there, with what a user says of where. @throws as {@link registerVersion}; request.invalid for the settings */
export function registerAt(
  location: string,
  settings: RegistrationSettings,
  signal?: AbortSignal,
): Promise<RegisteredResult> {
  const around = { clock: systemClock, ...(signal !== undefined && { signal }) };
  return registerVersion(location, (bucket) => Registration.open(settings, bucket, around));
}

/**
 * Registers a version that is there, by its manifest, and before it the versions that it goes on from, where they are not registered. Doing
 * it twice is doing it once.
 * @param open of the bucket's name
 * @throws request.invalid where it is in no bucket, or goes on from a version that is neither registered nor there; verification.failed;
 *   destination.*
 */
export async function registerVersion(
  location: string,
  open: (bucket: string) => Promise<Registration>,
  find?: FindDestination,
): Promise<RegisteredResult> {
  const place = await locateVersion(location, find);
  const { store, folder, manifest } = place;
  const url = store.urlOf(store.join(folder, manifest));
  if (url === undefined)
    throw invalidRequest(
      `register: ${location} is in no bucket`,
      'Only what lies in a bucket that is a store of the project can be registered: s3://…. What lies in the outputs of an execution Valohai registers by itself.',
    );
  return registerFound(place, await open(new URL(url).hostname));
}

async function registerFound(place: VersionLocation, registration: Registration): Promise<RegisteredResult> {
  const { store, folder } = place;
  const manifest = await readChecked(place, { where: `location: ${folder}`, hint: '`tidemark verify` says more.' });
  const { uri, dataset, name, from, reuses } = manifest.version;
  const prefix = `${versionFolder(manifest.version)}/`;
  const { exclude } = manifest.run.publishing;
  const before = exclude === undefined ? from : reuses?.uri;
  const earlier = before === undefined ? [] : await registerEarlier(place, { dataset, uri: before }, registration);
  const files = versionMetadata(manifest, encodeManifest(manifest)).map(({ file, metadata }) => ({
    url: store.urlOf(store.join(folder, file.slice(prefix.length)))!,
    metadata: ofTheFile(metadata),
  }));
  await registration.register({
    ...{ dataset, version: name, files },
    from: before === undefined ? undefined : { version: posix.basename(before), exclude: exclude ?? [] },
  });
  return { version: uri, files: files.length, location: folder, earlier };
}

/** @returns what was registered */
async function registerEarlier(
  place: VersionLocation,
  { dataset, uri }: { readonly dataset: string; readonly uri: string },
  registration: Registration,
): Promise<readonly string[]> {
  if (await registration.has({ dataset, version: posix.basename(uri) })) return [];
  const found = await findBeside(place, uri);
  if (found === undefined)
    throw invalidRequest(
      `register: ${uri}, which it goes on from, is not registered, and does not lie beside ${place.folder}`,
      'Register that one first, where it is: tidemark register LOCATION.',
    );
  const { version, earlier } = await registerFound(found, registration);
  return [...earlier, version];
}

/** Which version it is of is said by another call. */
const ofTheFile = (metadata: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => value !== undefined && name !== 'valohai.dataset-versions'),
  );
