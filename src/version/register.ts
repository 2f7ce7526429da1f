import { posix } from 'node:path';
import { systemClock } from '../core/clock.js';
import { invalidRequest } from '../core/errors.js';
import { encodeManifest } from '../manifest/encode.js';
import { versionFolder, versionMetadata } from '../manifest/valohai.js';
import { Registration } from '../registration/registration.js';
import type { RegistrationSettings } from '../registration/settings.js';
import { type FindDestination, locateVersion } from './locate.js';
import { readChecked } from './read-checked.js';

/** What was registered. */
export interface RegisteredResult {
  /** The version, as a URI. */
  readonly version: string;
  /** How many of its own files there are. */
  readonly files: number;
  readonly location: string;
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
 * Registers a version that is there, by its manifest. Doing it twice is doing it once.
 * @param open of the bucket's name
 * @throws request.invalid where it is in no bucket; verification.failed; destination.*
 */
export async function registerVersion(
  location: string,
  open: (bucket: string) => Promise<Registration>,
  find?: FindDestination,
): Promise<RegisteredResult> {
  const place = await locateVersion(location, find);
  const manifest = await readChecked(place, { where: `location: ${location}`, hint: '`tidemark verify` says more.' });
  const { store, folder } = place;
  const { uri, dataset, name, from } = manifest.version;
  const prefix = `${versionFolder(manifest.version)}/`;
  const { exclude } = manifest.run.publishing;
  const earlier = exclude === undefined ? from : manifest.version.reuses?.uri;
  const files = versionMetadata(manifest, encodeManifest(manifest)).map(({ file, metadata }) => {
    const url = urlOf(store.urlOf(store.join(folder, file.slice(prefix.length))), location);
    return { url, metadata: ofTheFile(metadata) };
  });
  const registration = await open(new URL(files[0]!.url).hostname);
  await registration.register({
    ...{ dataset, version: name, files },
    from: earlier === undefined ? undefined : { version: posix.basename(earlier), exclude: exclude ?? [] },
  });
  return { version: uri, files: files.length, location: folder };
}

function urlOf(url: string | undefined, location: string): string {
  if (url !== undefined) return url;
  throw invalidRequest(
    `register: ${location} is in no bucket`,
    'Only what lies in a bucket that is a store of the project can be registered: s3://…. What lies in the outputs of an execution Valohai registers by itself.',
  );
}

/** Which version it is of is said by another call. */
const ofTheFile = (metadata: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => value !== undefined && name !== 'valohai.dataset-versions'),
  );
