import type { StoredObject, StoreEntry, VersionStore } from '../../core/destination.js';
import { invalidRequest } from '../../core/errors.js';
import type { Bucket } from './bucket.js';
import { bucketAt } from './buckets.js';
import { keyIn, locationText, parseLocation, type S3Location } from './location.js';

/** Read at a time, so that many small pieces of a file are not as many requests. */
const readAhead = 4 * 1024 * 1024;

interface Place {
  readonly at: S3Location;
  readonly bucket: Bucket;
}

const placeOf = (location: string): Place => {
  const at = parseLocation(location);
  return { at, bucket: bucketAt(at) };
};

/** Versions in a bucket, for whoever reads them. Locations are `s3://` texts. */
export const s3Store: VersionStore = {
  resolve: (location) => locationText(parseLocation(location)),
  join(folder, name) {
    const at = parseLocation(folder);
    return locationText({ ...at, key: keyIn(at.key, name) });
  },
  split(location) {
    const at = parseLocation(location);
    const slash = at.key.lastIndexOf('/');
    return { folder: locationText({ ...at, key: at.key.slice(0, Math.max(0, slash)) }), name: at.key.slice(slash + 1) };
  },
  async kindOf(location) {
    const { at, bucket } = placeOf(location);
    if (at.key !== '' && (await bucket.head(at.key)) !== undefined) return 'file';
    for await (const _ of bucket.list(prefixOf(at), 1)) return 'folder';
    return undefined;
  },
  async list(folder) {
    const { at, bucket } = placeOf(folder);
    const prefix = prefixOf(at);
    const entries: StoreEntry[] = [];
    for await (const { key, folder: isFolder } of bucket.list(prefix)) {
      const name = key.slice(prefix.length, isFolder ? -1 : undefined);
      // Consoles make an empty object for a folder.
      if (name !== '') entries.push({ name, folder: isFolder });
    }
    if (entries.length === 0 && at.key !== '') throw noFolder(folder);
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async read(location) {
    const { at, bucket } = placeOf(location);
    return (await bucket.get(at.key))?.bytes;
  },
  async open(location) {
    const { at, bucket } = placeOf(location);
    const head = await bucket.head(at.key);
    return head && new ReadObject(bucket, at.key, head);
  },
  async create(location, bytes) {
    const { at, bucket } = placeOf(location);
    return (await bucket.put(at.key, bytes, 'absent')) !== undefined;
  },
  async removeFolder(location) {
    const { at, bucket } = placeOf(location);
    for await (const key of bucket.listAll(prefixOf(at))) await bucket.remove(key);
  },
};

const prefixOf = ({ key }: S3Location): string => (key === '' ? '' : `${key}/`);

const noFolder = (location: string): Error =>
  invalidRequest(
    `location: there is nothing below ${location}`,
    "Give a version's folder, or an outputs folder that holds exactly one version.",
  );

/** An object that is read in pieces, as it was when it was opened. */
class ReadObject implements StoredObject {
  readonly size: number;
  #block: Uint8Array = new Uint8Array();
  #from = 0;

  constructor(
    private readonly bucket: Bucket,
    private readonly key: string,
    private readonly head: { readonly size: number; readonly etag: string },
  ) {
    this.size = head.size;
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const end = Math.min(position + length, this.size);
    if (position >= end) return { bytesRead: 0 };
    if (position < this.#from || position >= this.#from + this.#block.length) await this.#fetch(position, end);
    const piece = this.#block.subarray(position - this.#from, end - this.#from);
    buffer.set(piece, offset);
    return { bytesRead: piece.length };
  }

  async close(): Promise<void> {
    this.#block = new Uint8Array();
  }

  async #fetch(position: number, end: number): Promise<void> {
    const last = Math.min(this.size, Math.max(end, position + readAhead));
    this.#block = await this.bucket.getRange(this.key, this.head.etag, [position, last]);
    this.#from = position;
  }
}
