import type { StoredObject, StoreEntry, VersionStore } from '../../core/destination.js';
import { invalidRequest } from '../../core/errors.js';
import type { Bucket } from './bucket.js';
import { bucketAt } from './buckets.js';
import { keyIn, locationText, parseLocation, type S3Location } from './location.js';

/** Read at a time, so that many small pieces of a file are not as many requests; and how many of that are kept of a file. */
const blockBytes = 4 * 1024 * 1024;
const mostBlocks = 10;

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
  urlOf(location) {
    const { bucket, key } = parseLocation(location);
    return `s3://${bucket}/${key}`;
  },
  named(url, folder) {
    const { bucket, key } = parseLocation(url);
    return locationText({ ...parseLocation(folder), bucket, key });
  },
  async kindOf(location) {
    const { at, bucket } = placeOf(location);
    // Who asks for an object that is not there may be told that he is denied it: only lists tell.
    if (at.key !== '') {
      for await (const { key, folder } of bucket.list(at.key, 1)) if (!folder && key === at.key) return 'file';
    }
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

/** An object that is read in pieces, as it was when it was opened. Its columns are read side by side: of several places the latest blocks are kept. */
class ReadObject implements StoredObject {
  readonly size: number;
  readonly state: string;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly bucket: Bucket,
    private readonly key: string,
    private readonly head: { readonly size: number; readonly etag: string },
  ) {
    this.size = head.size;
    this.state = head.etag;
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const end = Math.min(position + length, this.size);
    let bytesRead = 0;
    while (position + bytesRead < end) {
      const at = position + bytesRead;
      const block = await this.#block(Math.floor(at / blockBytes));
      const piece = block.subarray(at % blockBytes, (at % blockBytes) + end - at);
      buffer.set(piece, offset + bytesRead);
      bytesRead += piece.length;
    }
    return { bytesRead };
  }

  async close(): Promise<void> {
    this.#blocks.clear();
  }

  /** The latest one comes last. */
  #block(index: number): Promise<Uint8Array> {
    const block = this.#blocks.get(index) ?? this.#fetch(index);
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    if (this.#blocks.size > mostBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    return block;
  }

  async #fetch(index: number): Promise<Uint8Array> {
    const start = index * blockBytes;
    return this.bucket.getRange(this.key, this.head.etag, [start, Math.min(this.size, start + blockBytes)]);
  }
}
