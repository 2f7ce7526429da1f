import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type GetObjectCommandOutput,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { assertReadable } from '../../core/read-limits.js';
import type { WithHeaders } from './client.js';
import type { S3Location } from './location.js';
import { orGone, orMissing, orRefused, Requests, runKey } from './requests.js';
import { Uploads } from './uploads.js';

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
  readonly uploads: Uploads;

  private constructor(private readonly requests: Requests) {
    this.uploads = new Uploads(requests, async (key) => (await this.head(key))?.run);
  }

  static open(location: S3Location): Bucket {
    return new Bucket(Requests.open(location));
  }

  /** The same bucket, for requests that end with a signal. */
  until(signal: AbortSignal | undefined): Bucket {
    return new Bucket(this.requests.until(signal));
  }

  /** The same bucket, for requests that are not made again for as long as others. @param lasts milliseconds */
  within(lasts: number): Bucket {
    return new Bucket(this.requests.within(lasts));
  }

  get name(): string {
    return this.requests.location.bucket;
  }

  /** Writes a small object. @returns its ETag; undefined: the condition does not hold */
  async put(key: string, bytes: Uint8Array, condition?: Condition): Promise<string | undefined> {
    const written = await this.requests.ask('write', key, () =>
      this.requests
        .send(
          new PutObjectCommand({
            ...this.requests.at(key),
            ...this.requests.howToStore(),
            Body: bytes,
            ChecksumSHA256: sha256Of(bytes),
            ...(condition === 'absent' && { IfNoneMatch: '*' }),
            ...(typeof condition === 'object' && { IfMatch: condition.etag }),
          }),
        )
        .catch(orRefused),
    );
    if (written !== undefined) return written.ETag;
    const there = await this.get(key);
    return there !== undefined && Buffer.compare(there.bytes, bytes) === 0 ? there.etag : undefined;
  }

  /** Undefined where there is no such object. */
  async get(key: string, most?: number): Promise<SmallObject | undefined> {
    return this.requests.ask('read', key, async () => {
      const found = await this.requests.send(new GetObjectCommand(this.requests.at(key))).catch(orMissing);
      if (found === undefined) return undefined;
      assertModest(found, `s3://${this.name}/${key}`, most);
      const told = Date.parse((found.$metadata as WithHeaders).headers?.['date'] ?? '');
      // Every store tells its time; what stands between may drop it.
      const now = Number.isNaN(told) ? Date.now() : told;
      const age = found.LastModified === undefined ? 0 : now - found.LastModified.getTime();
      return { bytes: await found.Body!.transformToByteArray(), etag: found.ETag!, age: Math.max(0, age) };
    });
  }

  /** A piece of one object and of no other that took its name. @param end exclusive */
  async getRange(key: string, etag: string, [start, end]: readonly [number, number]): Promise<Uint8Array> {
    return this.requests.ask('read', key, async () => {
      const range = { Range: `bytes=${start}-${end - 1}`, IfMatch: etag };
      const found = await this.requests.send(new GetObjectCommand({ ...this.requests.at(key), ...range }));
      return found.Body!.transformToByteArray();
    });
  }

  /** Undefined where there is no such object. */
  async head(key: string): Promise<ObjectHead | undefined> {
    return this.requests.ask('look at', key, async () => {
      const found = await this.requests.send(new HeadObjectCommand(this.requests.at(key))).catch(orMissing);
      return found && { size: found.ContentLength ?? 0, etag: found.ETag!, run: found.Metadata?.[runKey] };
    });
  }

  /** Keys that begin with a text, and, of those that go on after the next `/`, what stands before it. */
  async *list(prefix: string, most?: number): AsyncGenerator<{ readonly key: string; readonly folder: boolean }> {
    for await (const { CommonPrefixes = [], Contents = [] } of this.#pages(prefix, {
      Delimiter: '/',
      ...(most !== undefined && { MaxKeys: most }),
    })) {
      for (const { Prefix } of CommonPrefixes) yield { key: Prefix!, folder: true };
      for (const { Key } of Contents) yield { key: Key!, folder: false };
    }
  }

  /** All keys that begin with a text. */
  async *listAll(prefix: string): AsyncGenerator<string> {
    for await (const { Contents = [] } of this.#pages(prefix, {})) for (const { Key } of Contents) yield Key!;
  }

  /** Removes an object; with an ETag only that one, where the store knows such a condition. */
  async remove(key: string, etag?: string): Promise<void> {
    await this.requests.ask('remove', key, () =>
      this.requests.send(new DeleteObjectCommand({ ...this.requests.at(key), IfMatch: etag })).catch(orGone),
    );
  }

  async *#pages(
    prefix: string,
    asked: Pick<ListObjectsV2CommandInput, 'Delimiter' | 'MaxKeys'>,
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    for (let token: string | undefined; ;) {
      const page = await this.requests.ask('list', prefix, () =>
        this.requests.send(
          new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, ContinuationToken: token, ...asked }),
        ),
      );
      yield page;
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** Before its bytes are waited for. @throws destination.io */
function assertModest(
  { ContentLength: size = 0, Body: body }: GetObjectCommandOutput,
  where: string,
  most?: number,
): void {
  try {
    assertReadable(size, where, most);
  } catch (tooLarge) {
    // Else the connection would be kept for bytes that nobody takes.
    (body as Readable | undefined)?.destroy();
    throw tooLarge;
  }
}
