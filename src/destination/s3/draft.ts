import pLimit from 'p-limit';
import { keyIn } from '../../core/bucket-store.js';
import type { Draft, DraftRequest, PublishRequest, RunNote, VersionFiles } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertInside } from '../../core/inner-path.js';
import { publishedTogether } from '../../core/published-together.js';
import { versionUri } from '../../core/version-uri.js';
import type { Machine } from '../../machine/machine.js';
import { giveUp, giveUpAtExit } from './give-up.js';
import type { Bucket } from './bucket.js';
import type { ManifestUpload } from './claim-file.js';
import type { HeldClaim } from './held-claim.js';
import { locationText } from './location.js';
import { boardOf, manifestKey, recordsOf, type S3Ticket, type Target, targetIn, ticketOf } from './layout.js';
import { Records } from './records.js';
import { takeClaims } from './take-claims.js';
import { type Place, removeTraces, settle } from './traces.js';
import { beginUpload } from './upload-writer.js';

const atATime = 16;

/** Publishing into a bucket, step by step. */
export interface S3PublishRequest extends PublishRequest {
  /** Is told of every step when it is done. */
  readonly onStep?: (step: S3PublishStep) => void;
}

/** In their order; `object-completed` and `manifest-completed` come once for each of them. The version is there with the latter. */
export type S3PublishStep =
  | 'manifests-uploaded'
  | 'noted'
  | 'object-completed'
  | 'objects-completed'
  | 'manifest-completed'
  | 'traces-removed'
  | 'claim-released';

/** A version that is being published. */
interface Publication extends VersionFiles {
  readonly target: Target;
  readonly records: Records;
}

/** @throws request.version-exists, request.invalid, destination.* */
export async function openDraft(place: Place, machine: Machine, request: DraftRequest): Promise<S3Draft> {
  const { siblings = [], run, shared = false, ...first } = request;
  const versions = [first, ...siblings];
  const targets = versions.map((version) => targetIn(place.root, version));
  for (const { names = [] } of versions) names.forEach(assertInside);
  const held = await takeClaims(place, machine, { run, shared }, versions);
  const draft = new S3Draft(place, held, ticketOf(place.root, run, versions), targets);
  try {
    // After the claims: whoever published has released his by now, or will be refused.
    for (const target of targets) await assertNothingThere(place, target);
    return draft;
  } catch (thrown) {
    await draft.abort();
    throw thrown;
  }
}

/** @throws request.version-exists */
export async function assertNothingThere({ bucket }: Place, { folder, location, ...version }: Target): Promise<void> {
  for await (const { key } of bucket.list(`${folder}/`, 2)) {
    // Consoles make an empty object for a folder.
    if (key === `${folder}/`) continue;
    throw new TidemarkError(
      'request.version-exists',
      `version "${versionUri(version)}" is already there: ${location} has ${key.slice(folder.length + 1)}`,
      {
        hint:
          'A version never changes. Choose another version name (a template with {date}, {datetime} or {run} makes new ' +
          'ones), or remove all objects of the version first.',
      },
    );
  }
}

/** A version in the making: uploads that nobody sees until they are completed. */
export class S3Draft implements Draft {
  readonly location: string;
  readonly board: string | undefined;
  readonly scratch = undefined;
  #state: 'open' | 'publishing' | 'published' | 'aborted' = 'open';

  constructor(
    private readonly place: Place,
    private readonly held: HeldClaim,
    readonly ticket: S3Ticket,
    private readonly targets: readonly Target[],
  ) {
    this.location = targets[0]!.location;
    const { shared, run } = held.state;
    this.board = shared ? locationText(boardOf(place.root, targets[0]!, run)) : undefined;
  }

  note(note: RunNote): Promise<void> {
    return this.held.note({ note });
  }

  async publish(request: S3PublishRequest): Promise<readonly string[]> {
    if (this.#state !== 'open') throw new TidemarkError('internal.bug', `publish: the run is ${this.#state} already`);
    this.#state = 'publishing';
    const step = (name: S3PublishStep): void => request.onStep?.(name);
    const publications = this.#publicationsOf(request);
    const before = { ...this.place, bucket: this.place.bucket.until(request.signal) };
    request.signal?.throwIfAborted();
    // Whether it is still this run that makes the version: else its uploads are gone.
    await this.held.note({});
    const objects = await objectsOf(publications);
    const manifests: ManifestUpload[] = [];
    for (const publication of publications) manifests.push(await this.#uploadManifest(before, publication));
    step('manifests-uploaded');
    request.signal?.throwIfAborted();
    await this.held.note({ manifests });
    step('noted');
    await pLimit(atATime).map(objects, async ({ key, upload, parts }) => {
      await this.#complete(before.bucket, key, { upload, parts });
      step('object-completed');
    });
    step('objects-completed');
    request.signal?.throwIfAborted();
    await this.#completeManifests(manifests, step);
    this.#state = 'published';
    const keys = [...objects.map(({ key }) => key), ...manifests.map((one) => manifestKey(this.place.root, one))];
    return this.#clearAway(new Set(keys), step);
  }

  /** The version is there; what cannot be removed now the next run removes. */
  async #clearAway(complete: ReadonlySet<string>, step: (name: S3PublishStep) => void): Promise<readonly string[]> {
    try {
      await removeTraces(this.place, this.held.state, { published: true, held: true, complete });
      step('traces-removed');
      await this.held.release();
      step('claim-released');
      return [];
    } catch (thrown) {
      this.held.stopNow();
      const { message } = TidemarkError.from(thrown);
      return [
        `the version is made, and its claim or records of uploads stay until the next run in that dataset: ${message}`,
      ];
    }
  }

  async abort(): Promise<void> {
    if (this.#state === 'published' || this.#state === 'aborted') return;
    this.#state = 'aborted';
    await giveUp(this.place, this.held);
  }

  abortSync(): void {
    if (this.#state === 'published' || this.#state === 'aborted') return;
    this.#state = 'aborted';
    this.held.stopNow();
    giveUpAtExit({ root: this.place.root, version: this.held.state.versions[0]!, run: this.ticket.run });
  }

  #publicationsOf(request: PublishRequest): readonly Publication[] {
    return publishedTogether(this.targets, request).map((version) => {
      const folder = recordsOf(this.place.root, version.target, this.ticket.run);
      return { ...version, records: new Records(this.place.bucket, folder) };
    });
  }

  /** The manifest is an upload like all others: who takes the claim over can give it up, and so keep the version from appearing. */
  async #uploadManifest({ bucket }: Place, { target, records, manifest }: Publication): Promise<ManifestUpload> {
    assertInside(manifest.name);
    const { dataset, version } = target;
    const key = keyIn(target.folder, manifest.name);
    const upload = await beginUpload({ bucket, records, run: this.ticket.run, key, path: manifest.name });
    const part = await bucket.uploads.addPart(upload, 1, manifest.bytes);
    return { version: { dataset, version }, name: manifest.name, upload: upload.id, parts: [part] };
  }

  async #complete(
    bucket: Bucket,
    key: string,
    { upload, parts }: Pick<ManifestUpload, 'upload' | 'parts'>,
  ): Promise<void> {
    if (await bucket.uploads.complete({ key, id: upload }, parts, this.ticket.run)) return;
    throw new TidemarkError(
      'destination.io',
      `cannot finish s3://${bucket.name}/${key}: its upload was given up, or something else has its name`,
      {
        hint: 'Another program, or a rule of the bucket, removed the upload or wrote the object. Run again when it is done.',
      },
    );
  }

  /** The first one decides: the others follow, or all are taken back. */
  async #completeManifests(manifests: readonly ManifestUpload[], step: (name: S3PublishStep) => void): Promise<void> {
    try {
      for (const manifest of manifests) {
        await this.#complete(this.place.bucket, manifestKey(this.place.root, manifest), manifest);
        step('manifest-completed');
      }
    } catch (thrown) {
      if (!(await settle(this.place, this.held.state))) throw thrown;
    }
  }
}

/** The uploads that are to become objects. @throws destination.io where one has not the bytes that its writer counted */
async function objectsOf(
  publications: readonly Publication[],
): Promise<readonly (Pick<ManifestUpload, 'upload' | 'parts'> & { readonly key: string })[]> {
  const objects: (Pick<ManifestUpload, 'upload' | 'parts'> & { readonly key: string })[] = [];
  for (const { target, records, files } of publications) {
    const found = new Map((await records.read()).map((record) => [record.path, record]));
    for (const { path, bytes } of files) {
      assertInside(path);
      const { upload, closed } = found.get(path) ?? {};
      if (upload === undefined || closed?.bytes !== bytes) {
        throw changed(`s3://${keyIn(target.folder, path)}`, bytes, closed?.bytes);
      }
      objects.push({ key: keyIn(target.folder, path), upload, parts: closed.parts });
    }
  }
  return objects;
}

function changed(location: string, bytes: number, found: number | undefined): TidemarkError {
  const what = found === undefined ? 'it was not uploaded' : `${found} bytes of it were uploaded`;
  return new TidemarkError('destination.io', `${location} should have ${bytes} bytes, and ${what}`, {
    hint: 'Something else changed what the run wrote into the bucket. Run again.',
  });
}
