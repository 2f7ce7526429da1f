import pLimit from 'p-limit';
import * as z from 'zod';
import { keyIn } from '../../core/bucket-store.js';
import { isInside } from '../../core/inner-path.js';
import { parseForeign } from '../../machine/read.js';
import type { Bucket } from './bucket.js';
import type { Upload, UploadedPart } from './uploads.js';

/** Requests about small objects at a time. */
const atATime = 16;
const ending = '.json';

/** An upload of a run, as it is noted in the store before its first byte is sent, and again with its parts when it is closed. */
const recordSchema = z.object({
  upload: z.string(),
  /** Present once all bytes are there. */
  closed: z
    .object({
      bytes: z.number().int().nonnegative(),
      parts: z.array(z.object({ etag: z.string(), sha256: z.string().optional() })),
    })
    .optional(),
});

export type UploadRecord = z.infer<typeof recordSchema>;

/** A record with what its key says. */
export interface FoundRecord extends UploadRecord {
  /** The object's path inside its version. */
  readonly path: string;
}

/** The records of a run's objects of one version. */
export class Records {
  constructor(
    private readonly bucket: Bucket,
    /** The key under which they are. */
    private readonly folder: string,
  ) {}

  /** @returns false where the run has an object of that path already */
  async begin(path: string, { id }: Upload): Promise<boolean> {
    return (await this.bucket.put(this.#keyOf(path), encode({ upload: id }), 'absent')) !== undefined;
  }

  async close(path: string, { id }: Upload, bytes: number, parts: readonly UploadedPart[]): Promise<void> {
    await this.bucket.put(this.#keyOf(path), encode({ upload: id, closed: { bytes, parts: [...parts] } }));
  }

  async find(path: string): Promise<FoundRecord | undefined> {
    const found = await this.bucket.get(this.#keyOf(path));
    const record = found && parseForeign(Buffer.from(found.bytes).toString(), recordSchema);
    return record && { ...record, path };
  }

  /** @param paths of objects; all that there are unless given */
  async read(paths?: readonly string[]): Promise<FoundRecord[]> {
    const found = await pLimit(atATime).map(paths ?? (await this.paths()), (path) => this.find(path));
    return found.filter((record) => record !== undefined);
  }

  async paths(): Promise<string[]> {
    const paths: string[] = [];
    for await (const key of this.bucket.listAll(`${this.folder}/`)) {
      const path = key.slice(this.folder.length + 1, -ending.length);
      if (key.endsWith(ending) && isInside(path)) paths.push(path);
    }
    return paths;
  }

  /** An upload that was closed aside is the one of its path. @returns false where it was not, or something else is */
  async settle(path: string, aside: string): Promise<boolean> {
    const found = await this.find(pathAside(path, aside));
    if (found?.closed === undefined) return false;
    const { path: from, ...record } = found;
    if ((await this.bucket.put(this.#keyOf(path), encode(record), 'absent')) === undefined) return false;
    await this.remove(from);
    return true;
  }

  async remove(path: string): Promise<void> {
    await this.bucket.remove(this.#keyOf(path));
  }

  #keyOf(path: string): string {
    return keyIn(this.folder, path + ending);
  }
}

/** No path of an object begins so. */
const asideFolder = '_aside/';

/** Under which path the upload of an object is on record that was written aside. */
export const pathAside = (path: string, aside: string): string => `${asideFolder}${aside}/${path}`;

/** The path of the object, whether it was written aside or not. */
export const withoutAside = (path: string): string =>
  path.startsWith(asideFolder) ? path.slice(asideFolder.length).replace(/^[^/]*\//, '') : path;

const encode = (record: UploadRecord): Uint8Array => Buffer.from(`${JSON.stringify(record)}\n`);
