import pLimit from 'p-limit';
import { keyIn } from '../../core/bucket-store.js';
import { TidemarkError } from '../../core/errors.js';
import type { Bucket } from './bucket.js';
import type { Upload } from './uploads.js';
import {
  type Claim,
  type FoundClaim,
  isOwn,
  isSamePlace,
  readClaim,
  readOwnClaim,
  type SiblingClaim,
  type Work,
} from './claim-file.js';
import { allBoards, allRecords, boardOf, manifestKey, recordsOf, targetIn } from './layout.js';
import type { S3Location } from './location.js';
import { Records, withoutAside } from './records.js';

const atATime = 16;

/** Where a store keeps versions. */
export interface Place {
  readonly bucket: Bucket;
  readonly root: S3Location;
}

/**
 * Removes what a run left: uploads, their records, the claims of versions that were to be published together with its first one.
 * @param work of a run
 * @param about whether its versions are there: then their objects stay; which objects are known to be complete; and whether the claims are
 *   held by who calls this: else another run makes the versions, whose uploads are there, too
 */
export async function removeTraces(
  { bucket, root }: Place,
  work: Work,
  about: { readonly published: boolean; readonly held: boolean; readonly complete?: ReadonlySet<string> },
): Promise<void> {
  const { published, held, complete = new Set() } = about;
  const limit = pLimit(atATime);
  for (const version of work.versions) {
    const { folder } = targetIn(root, version);
    const records = new Records(bucket, recordsOf(root, version, work.run));
    const paths = await records.paths();
    const found = await records.read(paths.filter((path) => !complete.has(keyIn(folder, path))));
    await limit.map(found, ({ path, upload }) =>
      bucket.uploads.abort({ key: keyIn(folder, withoutAside(path)), id: upload }),
    );
    if (held) await limit.map(await unrecorded(bucket, folder), (upload) => bucket.uploads.abort(upload));
    // Before publishing began no object could be there.
    if (!published && work.manifests !== undefined) {
      await limit.map(paths, async (path) => removeOfRun(bucket, keyIn(folder, path), work.run));
    }
    await limit.map(paths, (path) => records.remove(path));
  }
  if (work.shared) {
    const { key } = boardOf(root, work.versions[0]!, work.run);
    const keys: string[] = [];
    for await (const word of bucket.listAll(`${key}/`)) keys.push(word);
    await limit.map(keys, (word) => bucket.remove(word));
  }
  for (const version of work.versions.slice(1)) {
    const key = targetIn(root, version).claim;
    const claim = await readClaim(bucket, key);
    if (claim !== undefined && claim !== 'foreign' && claim.claim.run === work.run)
      await bucket.remove(key, claim.etag);
  }
}

/** Removes what a run noted after its claim had been cleared away: its lanes, or other members of it, were not dead, but slow. */
export async function removeForgotten(place: Place, dataset: string): Promise<void> {
  const { bucket, root } = place;
  for (const prefix of [allRecords(root, dataset), allBoards(root, dataset)]) {
    for await (const { key, folder } of bucket.list(prefix)) {
      if (!folder) continue;
      const version = { dataset, version: key.slice(prefix.length, -1) };
      const runs = new Set<string>();
      for await (const note of bucket.listAll(key)) runs.add(note.slice(key.length).replace(/\/.*/, ''));
      // Looked for afterwards: a run claims a version before it notes anything.
      if ((await readClaim(bucket, targetIn(root, version).claim)) !== undefined) continue;
      const about = { published: true, held: false };
      for (const run of runs) await removeTraces(place, { run, versions: [version], shared: true }, about);
    }
  }
}

/** Uploads that were begun, and died before they were on record. Not every store lists them, and not everybody may. */
async function unrecorded(bucket: Bucket, folder: string): Promise<Upload[]> {
  try {
    const uploads: Upload[] = [];
    for await (const upload of bucket.uploads.list(`${folder}/`)) uploads.push(upload);
    return uploads;
  } catch (thrown) {
    if (thrown instanceof TidemarkError && !thrown.retryable) return [];
    throw thrown;
  }
}

/** Removes an object if it is that run's: another program's of the same name stays. */
export async function removeOfRun(bucket: Bucket, key: string, run: string): Promise<void> {
  const head = await bucket.head(key);
  if (head?.run === run) await bucket.remove(key, head.etag);
}

/**
 * Brings the publishing of a run that is dead, or whose claim was taken, to an end: if its first manifest is there, the others are made to
 * appear, too; else none can appear any more.
 * @returns whether its versions are there
 */
export async function settle({ bucket, root }: Place, { manifests = [], run }: Work): Promise<boolean> {
  const uploads = manifests.map((manifest) => ({ ...manifest, key: manifestKey(root, manifest), id: manifest.upload }));
  const [first, ...others] = uploads;
  if (first === undefined) return false;
  // First of all: from here on a run that wakes up again cannot complete it.
  await bucket.uploads.abort(first);
  if ((await bucket.head(first.key))?.run !== run) {
    for (const other of others) await bucket.uploads.abort(other);
    return false;
  }
  for (const other of others) {
    if (await bucket.uploads.complete(other, other.parts, run)) continue;
    // Something took the place of one of them: then none is to be there.
    for (const { key } of uploads) await removeOfRun(bucket, key, run);
    return false;
  }
  return true;
}

/** The claim that tells of the run that a claim is of: itself, the first of its siblings, or that of who cleans up after the run. */
export async function firstClaimOf(
  place: Place,
  found: FoundClaim<Claim> | FoundClaim<SiblingClaim>,
): Promise<FoundClaim<Claim> | undefined> {
  if (isOwn(found)) return found;
  const { run, of } = found.claim;
  const first = await readOwnClaim(place.bucket, targetIn(place.root, of).claim);
  const tells = first?.claim.run === run || first?.claim.after?.run === run;
  return tells && isSamePlace(first!.claim.versions[0]!, of) ? first : undefined;
}
