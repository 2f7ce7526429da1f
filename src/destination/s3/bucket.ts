import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { systemClock } from '../../core/clock.js';
import { withPatience } from '../../core/retry.js';
import { openClient, type WithHeaders } from './client.js';
import { s3Failure } from './failure.js';
import type { S3Location } from './location.js';
import { passes } from './retry.js';

/** For how long a request that fails for a reason that passes is made again, once the store has answered at all; milliseconds. */
const patience = 300_000;
/** And before: an address is more likely wrong than away. */
const firstPatience = 8_000;
const pauses = { firstPause: 300, longestPause: 15_000, renewals: 0 };

/** The name of the run in the metadata of all that it makes. */
const runKey = 'tidemark-run';

/** A part of an upload, as it is named when the upload is completed. */
export interface UploadedPart {
  readonly etag: string;
  /** In Base64; undefined where the store has none of what it copied. */
  readonly sha256?: string | undefined;
}

/** An upload of an object that cannot be seen before it is completed. */
export interface Upload {
  readonly key: string;
  readonly id: string;
}

export interface ObjectHead {
  readonly size: number;
  readonly etag: string;
  /** The run that made the object; undefined: another program did. */
  readonly run: string | undefined;
}

export interface SmallObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Milliseconds since it was written, by the store's own clock. */
  readonly age: number;
}

/** What there must be for a write to be done: nothing of that name, or the object with that ETag. */
export type Condition = 'absent' | { readonly etag: string };

/**
 * What is asked of a bucket. Every request is made again where that helps; a write whose answer was lost is looked for before it counts as refused.
 * Methods throw destination.*.
 */
export class Bucket {
  private constructor(
    readonly location: S3Location,
    private readonly client: S3Client,
    private readonly reach: { answered: boolean },
    private readonly how: { readonly signal: AbortSignal | undefined; readonly lasts: number },
  ) {}

  static open(location: S3Location): Bucket {
    return new Bucket(location, openClient(location), { answered: false }, { signal: undefined, lasts: patience });
  }

  /** The same bucket, for requests that end with a signal. */
  until(signal: AbortSignal | undefined): Bucket {
    // Every request that is on its way listens to it.
    if (signal !== undefined) setMaxListeners(0, signal);
    return new Bucket(this.location, this.client, this.reach, { ...this.how, signal });
  }

  /** The same bucket, for requests that are not made again for as long as others. @param lasts milliseconds */
  within(lasts: number): Bucket {
    return new Bucket(this.location, this.client, this.reach, { ...this.how, lasts });
  }

  get name(): string {
    return this.location.bucket;
  }

  /** Writes a small object. @returns its ETag; undefined: the condition does not hold */
  async put(key: string, bytes: Uint8Array, condition?: Condition): Promise<string | undefined> {
    const written = await this.#ask('write', key, () =>
      this.#send(
        new PutObjectCommand({
          ...this.#at(key),
          ...this.#howToStore(),
          Body: bytes,
          ChecksumSHA256: sha256Of(bytes),
          ...(condition === 'absent' && { IfNoneMatch: '*' }),
          ...(typeof condition === 'object' && { IfMatch: condition.etag }),
        }),
      ).catch(orRefused),
    );
    if (written !== undefined) return written.ETag;
    const there = await this.get(key);
    return there !== undefined && Buffer.compare(there.bytes, bytes) === 0 ? there.etag : undefined;
  }

  /** Undefined where there is no such object. */
  async get(key: string): Promise<SmallObject | undefined> {
    return this.#ask('read', key, async () => {
      const found = await this.#send(new GetObjectCommand(this.#at(key))).catch(orMissing);
      if (found === undefined) return undefined;
      const told = Date.parse((found.$metadata as WithHeaders).headers?.['date'] ?? '');
      // Every store tells its time; what stands between may drop it.
      const now = Number.isNaN(told) ? Date.now() : told;
      const age = found.LastModified === undefined ? 0 : now - found.LastModified.getTime();
      return { bytes: await found.Body!.transformToByteArray(), etag: found.ETag!, age: Math.max(0, age) };
    });
  }

  /** A piece of one object and of no other that took its name. @param end exclusive */
  async getRange(key: string, etag: string, [start, end]: readonly [number, number]): Promise<Uint8Array> {
    return this.#ask('read', key, async () => {
      const range = { Range: `bytes=${start}-${end - 1}`, IfMatch: etag };
      const found = await this.#send(new GetObjectCommand({ ...this.#at(key), ...range }));
      return found.Body!.transformToByteArray();
    });
  }

  /** Undefined where there is no such object. */
  async head(key: string): Promise<ObjectHead | undefined> {
    return this.#ask('look at', key, async () => {
      const found = await this.#send(new HeadObjectCommand(this.#at(key))).catch(orMissing);
      return found && { size: found.ContentLength ?? 0, etag: found.ETag!, run: found.Metadata?.[runKey] };
    });
  }

  /** Keys that begin with a text, and, of those that go on after the next `/`, what stands before it. */
  async *list(prefix: string, most?: number): AsyncGenerator<{ readonly key: string; readonly folder: boolean }> {
    for (let token: string | undefined; ;) {
      const page = await this.#ask('list', prefix, () =>
        this.#send(
          new ListObjectsV2Command({
            Bucket: this.name,
            Prefix: prefix,
            Delimiter: '/',
            ContinuationToken: token,
            ...(most !== undefined && { MaxKeys: most }),
          }),
        ),
      );
      for (const { Prefix } of page.CommonPrefixes ?? []) yield { key: Prefix!, folder: true };
      for (const { Key } of page.Contents ?? []) yield { key: Key!, folder: false };
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  /** All keys that begin with a text. */
  async *listAll(prefix: string): AsyncGenerator<string> {
    for (let token: string | undefined; ;) {
      const page = await this.#ask('list', prefix, () =>
        this.#send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, ContinuationToken: token })),
      );
      for (const { Key } of page.Contents ?? []) yield Key!;
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  /** Removes an object; with an ETag only that one, where the store knows such a condition. */
  async remove(key: string, etag?: string): Promise<void> {
    await this.#ask('remove', key, () =>
      this.#send(new DeleteObjectCommand({ ...this.#at(key), IfMatch: etag })).catch(orGone),
    );
  }

  async createUpload(key: string, run: string): Promise<Upload> {
    const made = await this.#ask('begin to write', key, () =>
      this.#send(
        new CreateMultipartUploadCommand({
          ...this.#at(key),
          ...this.#howToStore(),
          ChecksumAlgorithm: 'SHA256',
          Metadata: { [runKey]: run },
        }),
      ),
    );
    return { key, id: made.UploadId! };
  }

  /** @param number from 1 on */
  async uploadPart({ key, id }: Upload, number: number, bytes: Uint8Array): Promise<UploadedPart> {
    const digest = createHash('sha256').update(bytes).digest();
    const sha256 = digest.toString('base64');
    const part = await this.#ask('write', key, () => {
      const command = new UploadPartCommand({
        ...this.#at(key),
        UploadId: id,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.length,
        ChecksumSHA256: sha256,
      });
      // The signature is over the same digest: it is not to be reckoned once more.
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] =
            digest.toString('hex');
          return next(args);
        },
        { step: 'build', name: 'knownDigest' },
      );
      return this.#send(command);
    });
    return { etag: part.ETag!, sha256 };
  }

  /** Copies a piece of an object of the same bucket, inside the store. @param end exclusive */
  async copyPart(
    { key, id }: Upload,
    number: number,
    from: { readonly key: string; readonly etag: string; readonly range: readonly [number, number] },
  ): Promise<UploadedPart> {
    const copied = await this.#ask('copy', from.key, () =>
      this.#send(
        new UploadPartCopyCommand({
          ...this.#at(key),
          UploadId: id,
          PartNumber: number,
          CopySource: `${this.name}/${from.key.split('/').map(encodeURIComponent).join('/')}`,
          CopySourceRange: `bytes=${from.range[0]}-${from.range[1] - 1}`,
          CopySourceIfMatch: from.etag,
        }),
      ),
    );
    return { etag: copied.CopyPartResult!.ETag!, sha256: copied.CopyPartResult!.ChecksumSHA256 };
  }

  /**
   * Makes an upload an object, where there is none of its name.
   * @returns false: there is one of another run, or the upload is gone
   */
  async completeUpload({ key, id }: Upload, parts: readonly UploadedPart[], run: string): Promise<boolean> {
    const done = await this.#ask('finish', key, () =>
      this.#send(
        new CompleteMultipartUploadCommand({
          ...this.#at(key),
          UploadId: id,
          IfNoneMatch: '*',
          MultipartUpload: {
            Parts: parts.map(({ etag, sha256 }, index) => ({
              PartNumber: index + 1,
              ETag: etag,
              ...(sha256 !== undefined && { ChecksumSHA256: sha256 }),
            })),
          },
        }),
      ).catch(orRefused),
    );
    return done !== undefined || (await this.head(key))?.run === run;
  }

  /** Does nothing to one that is gone. */
  async abortUpload({ key, id }: Upload): Promise<void> {
    await this.#ask('give up', key, () =>
      this.#send(new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: id })).catch(orGone),
    );
  }

  /** Uploads that are not completed, of keys that begin with a text. Some stores list none, and remove them by themselves. */
  async *listUploads(prefix: string): AsyncGenerator<Upload> {
    for (let [key, id]: [string | undefined, string | undefined] = [undefined, undefined]; ;) {
      const page = await this.#ask('list the uploads of', prefix, () =>
        this.#send(
          new ListMultipartUploadsCommand({
            Bucket: this.name,
            Prefix: prefix,
            KeyMarker: key,
            UploadIdMarker: id,
          }),
        ),
      );
      for (const upload of page.Uploads ?? []) yield { key: upload.Key!, id: upload.UploadId! };
      if (page.IsTruncated !== true) return;
      [key, id] = [page.NextKeyMarker, page.NextUploadIdMarker];
    }
  }

  readonly #send: S3Client['send'] = ((command: never) =>
    this.client.send(command, this.how.signal && { abortSignal: this.how.signal })) as never;

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: key };
  }

  #howToStore(): object {
    const { sse, kmsKey, tags } = this.location;
    return {
      ...(sse !== undefined && { ServerSideEncryption: sse }),
      ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
      ...(tags !== undefined && {
        Tagging: new URLSearchParams(tags.split(',').map((tag) => tag.split('=', 2) as [string, string])).toString(),
      }),
    };
  }

  async #ask<T>(doing: string, key: string, action: () => Promise<T>): Promise<T> {
    try {
      const lasts = this.reach.answered ? this.how.lasts : Math.min(this.how.lasts, firstPatience);
      const answer = await withPatience(
        action,
        { ...pauses, lasts, clock: systemClock, signal: this.how.signal },
        { passes },
      );
      this.reach.answered = true;
      return answer;
    } catch (thrown) {
      this.how.signal?.throwIfAborted();
      throw s3Failure(thrown, doing, `s3://${this.name}/${key}`);
    }
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

interface Answer {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** A condition that does not hold, of an object that has gone, too; an upload that somebody gave up or completed. */
function orRefused(thrown: Answer): undefined {
  if (thrown.$metadata?.httpStatusCode === 412) return undefined;
  return orMissing(thrown);
}

function orMissing(thrown: Answer): undefined {
  if (thrown.name === 'NoSuchBucket' || thrown.$metadata?.httpStatusCode !== 404) throw thrown;
  return undefined;
}

/** What is to go has gone, or has become another one. */
function orGone(thrown: Answer): undefined {
  if (thrown.name !== 'NoSuchBucket' && [404, 412].includes(thrown.$metadata?.httpStatusCode ?? 0)) return undefined;
  throw thrown;
}
