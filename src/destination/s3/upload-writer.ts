import pLimit from 'p-limit';
import type { ObjectWriter } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import type { Bucket } from './bucket.js';
import { longestAtEnd } from './requests.js';
import type { Upload, UploadedPart } from './uploads.js';
import type { Records } from './records.js';

/** Every part of an object but its last has this size: some stores take no others. A store takes 10,000 of them. */
const partBytes = 8 * 1024 * 1024;
const mostParts = 10_000;
/** Parts of one object that are on their way while another one is filled; of all objects of a thread. */
const mostWaiting = 2;
const atATime = pLimit(6);

const spareBuffers: Buffer[] = [];
const mostSpareBuffers = 8;

/** Where an object goes. */
export interface UploadPlace {
  readonly bucket: Bucket;
  readonly records: Records;
  readonly run: string;
  /** The object's key in the bucket. */
  readonly key: string;
  /** Its path inside the version. */
  readonly path: string;
}

/** Begins an upload that is on record. @throws destination.io where the run has an object of that path already */
export async function beginUpload({ bucket, records, run, key, path }: UploadPlace): Promise<Upload> {
  const upload = await bucket.uploads.create(key, run);
  if (await records.begin(path, upload)) return upload;
  await bucket.uploads.abort(upload);
  throw new TidemarkError('destination.io', `cannot write s3://${bucket.name}/${key}: the run writes it already`);
}

/** An object that is uploaded in parts, and not completed: that is done when its version is published. */
export class UploadWriter implements ObjectWriter {
  readonly #parts: Promise<UploadedPart>[] = [];
  readonly #ended = new AbortController();
  readonly #place: UploadPlace;
  #upload: Promise<Upload> | undefined;
  #buffer: Buffer | undefined;
  #filled = 0;
  #bytes = 0;
  #waiting = 0;
  #failure: unknown;
  #state: 'open' | 'closing' | 'closed' | 'discarded' = 'open';
  #wake: (() => void) | undefined;

  constructor(private readonly given: UploadPlace) {
    this.#place = { ...given, bucket: given.bucket.until(this.#ended.signal) };
  }

  write(bytes: Uint8Array): void {
    this.#assertOpen();
    for (let from = 0; from < bytes.length;) {
      this.#buffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(partBytes);
      const piece = bytes.subarray(from, from + partBytes - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled === partBytes) this.#send();
    }
    this.#bytes += bytes.length;
  }

  room(): void | Promise<void> {
    this.#assertOpen();
    if (this.#waiting <= mostWaiting) return undefined;
    return new Promise<void>((resolve) => (this.#wake = resolve)).then(() => this.room());
  }

  async close(): Promise<void> {
    this.#assertOpen();
    this.#state = 'closing';
    if (this.#filled > 0 || this.#parts.length === 0) this.#send();
    const parts = await Promise.all(this.#parts);
    await this.#place.records.close(this.given.path, await this.#begun(), this.#bytes, parts);
    this.#state = 'closed';
  }

  async discard(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'discarded') return;
    this.#state = 'discarded';
    this.#giveBack(this.#buffer);
    this.#buffer = undefined;
    this.#ended.abort(new TidemarkError('internal.bug', 'the object was discarded'));
    await Promise.allSettled(this.#parts);
    const upload = await this.#upload?.catch(() => undefined);
    if (upload === undefined) return;
    // Whatever goes wrong here, the run gives up all its uploads when it is aborted.
    const { bucket, records, path } = this.given;
    await bucket
      .within(longestAtEnd)
      .uploads.abort(upload)
      .then(() => records.remove(path))
      .catch(() => undefined);
  }

  #send(): void {
    const buffer = this.#buffer;
    const bytes = buffer?.subarray(0, this.#filled) ?? Buffer.alloc(0);
    this.#buffer = undefined;
    this.#filled = 0;
    const number = this.#parts.length + 1;
    if (number > mostParts) throw tooLarge(this.given);
    this.#waiting += 1;
    const part = atATime(async () => this.#place.bucket.uploads.addPart(await this.#begun(), number, bytes)).finally(
      () => {
        this.#giveBack(buffer);
        this.#waiting -= 1;
        this.#wake?.();
      },
    );
    part.catch((thrown: unknown) => {
      this.#failure ??= thrown;
      this.#wake?.();
    });
    this.#parts.push(part);
  }

  #begun(): Promise<Upload> {
    this.#upload ??= beginUpload(this.#place);
    return this.#upload;
  }

  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state !== 'open')
      throw new TidemarkError('internal.bug', `s3://${this.given.bucket.name}/${this.given.key} is closed already`);
  }

  #giveBack(buffer: Buffer | undefined): void {
    if (buffer !== undefined && spareBuffers.length < mostSpareBuffers) spareBuffers.push(buffer);
  }
}

function tooLarge({ bucket, key }: UploadPlace): TidemarkError {
  return new TidemarkError(
    'destination.full',
    `s3://${bucket.name}/${key} would be larger than 78 GiB, and a store takes no more of one object in parts of 8 MiB`,
    { hint: 'Write smaller files: --shard-size, and no --single-file.' },
  );
}
