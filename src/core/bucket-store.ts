import pLimit from 'p-limit';
import type { StoredObject, StoreEntry, VersionStore } from './destination.js';
import { invalidRequest, TidemarkError } from './errors.js';

/** What a store asks of a bucket. Methods throw the errors of whoever has it. */
export interface BucketObjects {
  /** Keys that begin with a text, and, of those that go on after the next `/`, what stands up to it. @param most that are asked for at once */
  list(prefix: string, most?: number): AsyncIterable<{ readonly key: string; readonly folder: boolean }>;
  /** All keys that begin with a text. */
  listAll(prefix: string): AsyncIterable<string>;
  /** Undefined where there is no such object. @param most bytes that it may have */
  get(key: string, most?: number): Promise<Uint8Array | undefined>;
  /** Undefined where there is no such object. */
  head(key: string): Promise<ObjectState | undefined>;
  /** A piece of one object and of no other that took its name. @param end exclusive */
  getRange(key: string, state: string, [start, end]: readonly [number, number]): Promise<Uint8Array>;
  /** False where there is one of that name. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Absent: objects are made once. */
  replace?(key: string, bytes: Uint8Array): Promise<void>;
  /** Does nothing where there is none. */
  remove(key: string): Promise<void>;
}

export interface ObjectState {
  readonly size: number;
  /** What tells it from others that had or will have its name. */
  readonly state: string;
}

export interface BucketPlace {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the bucket itself. */
  readonly key: string;
}

/** How a kind of bucket is named and reached. @typeParam Place with what else a location says */
export interface BucketKind<Place extends BucketPlace> {
  /** `s3`. */
  readonly scheme: string;
  /** @throws request.invalid */
  parse(location: string): Place;
  /** The text of a place, from which it can be parsed again. */
  textOf(place: Place): string;
  objectsAt(place: Place): BucketObjects;
}

/** Engines write thousands of files; requests that go out side by side. */
const removedAtOnce = 16;

/** The key of something below another key. */
export const keyIn = (folder: string, ...names: readonly string[]): string =>
  [...(folder === '' ? [] : [folder]), ...names].join('/');

/** Versions and files in buckets of a kind, for whoever reads them. */
export function bucketStore<Place extends BucketPlace>(kind: BucketKind<Place>): VersionStore {
  const { scheme, parse, textOf } = kind;
  const at = (location: string): { readonly place: Place; readonly objects: BucketObjects } => {
    const place = parse(location);
    return { place, objects: kind.objectsAt(place) };
  };
  return {
    resolve: (location) => textOf(parse(location)),
    join(folder, name) {
      const place = parse(folder);
      return textOf({ ...place, key: keyIn(place.key, name) });
    },
    split(location) {
      const place = parse(location);
      const slash = place.key.lastIndexOf('/');
      return {
        folder: textOf({ ...place, key: place.key.slice(0, Math.max(0, slash)) }),
        name: place.key.slice(slash + 1),
      };
    },
    urlOf(location) {
      const { bucket, key } = parse(location);
      return `${scheme}://${bucket}/${key}`;
    },
    named(url, folder) {
      const { bucket, key } = parse(url);
      return textOf({ ...parse(folder), bucket, key });
    },
    async kindOf(location) {
      const { place, objects } = at(location);
      // Who asks for an object that is not there may be told that he is denied it: only lists tell.
      if (place.key !== '') {
        for await (const { key, folder } of objects.list(place.key, 1)) if (!folder && key === place.key) return 'file';
      }
      for await (const _ of objects.list(prefixOf(place), 1)) return 'folder';
      return undefined;
    },
    async list(folder) {
      const { place, objects } = at(folder);
      const prefix = prefixOf(place);
      const entries: StoreEntry[] = [];
      for await (const { key, folder: isFolder } of objects.list(prefix)) {
        const name = key.slice(prefix.length, isFolder ? -1 : undefined);
        // Consoles make an empty object for a folder.
        if (name !== '') entries.push({ name, folder: isFolder });
      }
      if (entries.length === 0 && place.key !== '') throw noFolder(folder);
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async read(location, most) {
      const { place, objects } = at(location);
      return objects.get(place.key, most);
    },
    async open(location) {
      const { place, objects } = at(location);
      const head = await objects.head(place.key);
      return head && new ReadObject(objects, place.key, head);
    },
    async create(location, bytes) {
      const { place, objects } = at(location);
      return objects.create(place.key, bytes);
    },
    async replace(location, bytes) {
      const { place, objects } = at(location);
      if (objects.replace === undefined) throw new TidemarkError('internal.bug', `${location} can be written once`);
      await objects.replace(place.key, bytes);
    },
    async removeFolder(location) {
      const { place, objects } = at(location);
      const keys: string[] = [];
      for await (const key of objects.listAll(prefixOf(place))) keys.push(key);
      await pLimit(removedAtOnce).map(keys, (key) => objects.remove(key));
    },
  };
}

const prefixOf = ({ key }: BucketPlace): string => (key === '' ? '' : `${key}/`);

const noFolder = (location: string): Error =>
  invalidRequest(
    `location: there is nothing below ${location}`,
    "Give a version's folder, or an outputs folder that holds exactly one version.",
  );

/** Read at a time, so that many small pieces of a file are not as many requests; and how many of that are kept of a file. */
const blockBytes = 4 * 1024 * 1024;
const mostBlocks = 10;

/** An object that is read in pieces, as it was when it was opened. Its columns are read side by side: of several places the latest blocks are kept. */
class ReadObject implements StoredObject {
  readonly size: number;
  readonly state: string;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly objects: BucketObjects,
    private readonly key: string,
    { size, state }: ObjectState,
  ) {
    this.size = size;
    this.state = state;
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
    return this.objects.getRange(this.key, this.state, [start, Math.min(this.size, start + blockBytes)]);
  }
}
