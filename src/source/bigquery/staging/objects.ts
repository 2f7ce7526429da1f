import type { BucketObjects, ObjectState } from '../../../core/bucket-store.js';
import { TidemarkError } from '../../../core/errors.js';
import type { RestClient } from '../connection/rest-client.js';

const googles = 'https://storage.googleapis.com';

/** A page of a list (JSON API, Objects: list). */
interface ListPage {
  readonly items?: readonly { readonly name: string }[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

/** An object as the JSON API describes it. */
interface RawObject {
  readonly size: string;
  readonly generation: string;
}

export interface ObjectsAround {
  readonly client: RestClient;
  /** `https://host`; undefined: Google's. */
  readonly endpoint: string | undefined;
  readonly bucket: string;
  /** What was thrown, as an error of the source. */
  failure(thrown: unknown, doing: string): TidemarkError;
}

/** The objects of one bucket of Cloud Storage, by its JSON API. Methods throw source.*. */
export class CloudObjects implements BucketObjects {
  readonly #endpoint: string;

  constructor(private readonly around: ObjectsAround) {
    this.#endpoint = around.endpoint ?? googles;
  }

  async *list(prefix: string, most?: number): AsyncGenerator<{ readonly key: string; readonly folder: boolean }> {
    const limit = most === undefined ? {} : { maxResults: String(most) };
    for await (const { items = [], prefixes = [] } of this.#pages(prefix, { delimiter: '/', ...limit })) {
      for (const key of prefixes) yield { key, folder: true };
      for (const { name } of items) yield { key: name, folder: false };
    }
  }

  async *listAll(prefix: string): AsyncGenerator<string> {
    for await (const { items = [] } of this.#pages(prefix, {})) for (const { name } of items) yield name;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(
      'read',
      key,
      () => this.around.client.bytes({ url: this.#urlOf(key, { alt: 'media' }) }),
      orMissing,
    );
  }

  head(key: string): Promise<ObjectState | undefined> {
    const url = this.#urlOf(key, { fields: 'size,generation' });
    return this.#ask(
      'look at',
      key,
      async () => {
        const { size, generation } = (await this.around.client.json<RawObject>({ url })).answer;
        return { size: Number(size), state: generation };
      },
      orMissing,
    );
  }

  getRange(key: string, generation: string, [start, end]: readonly [number, number]): Promise<Uint8Array> {
    const request = {
      url: this.#urlOf(key, { alt: 'media', generation }),
      headers: { range: `bytes=${start}-${end - 1}` },
    };
    return this.#ask('read', key, async () => {
      const bytes = await this.around.client.bytes(request);
      if (bytes.length === end - start) return bytes;
      throw new TidemarkError(
        'source.protocol',
        `of ${this.#named(key)} ${end - start} bytes were to come, and ${bytes.length} did`,
        { hint: 'Something on the way changes what Cloud Storage sends. Nothing is published.' },
      );
    });
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const query = new URLSearchParams({ uploadType: 'media', name: key, ifGenerationMatch: '0', fields: 'generation' });
    const url = `${this.#endpoint}/upload/storage/v1/b/${encodeURIComponent(this.around.bucket)}/o?${query}`;
    const headers = { 'content-type': 'application/octet-stream' };
    const write = async (): Promise<boolean> => {
      await this.around.client.bytes({ method: 'POST', url, headers, body: bytes });
      return true;
    };
    if ((await this.#ask('write', key, write, orStatus(412))) ?? false) return true;
    // The answer to an earlier attempt may have been lost.
    const there = await this.get(key);
    return there !== undefined && Buffer.compare(there, bytes) === 0;
  }

  async remove(key: string): Promise<void> {
    const url = this.#urlOf(key, {});
    await this.#ask('remove', key, () => this.around.client.bytes({ method: 'DELETE', url }), orMissing);
  }

  async *#pages(prefix: string, asked: Readonly<Record<string, string>>): AsyncGenerator<ListPage> {
    const fields = 'items(name),prefixes,nextPageToken';
    for (let token: string | undefined; ;) {
      const query = new URLSearchParams({ prefix, fields, ...asked, ...(token !== undefined && { pageToken: token }) });
      const url = `${this.#endpoint}/storage/v1/b/${encodeURIComponent(this.around.bucket)}/o?${query}`;
      const page: ListPage = (await this.#ask('list', prefix, () => this.around.client.json<ListPage>({ url }))).answer;
      yield page;
      token = page.nextPageToken;
      if (token === undefined) return;
    }
  }

  #urlOf(key: string, query: Readonly<Record<string, string>>): string {
    const path = [this.around.bucket, 'o', key].map(encodeURIComponent).join('/');
    const asked = new URLSearchParams(query).toString();
    return `${this.#endpoint}/storage/v1/b/${path}${asked === '' ? '' : `?${asked}`}`;
  }

  #named(key: string): string {
    return `gs://${this.around.bucket}/${key}`;
  }

  async #ask<T>(doing: string, key: string, action: () => Promise<T>): Promise<T>;
  async #ask<T>(doing: string, key: string, action: () => Promise<T>, unless: Unless): Promise<T | undefined>;
  async #ask<T>(doing: string, key: string, action: () => Promise<T>, unless?: Unless): Promise<T | undefined> {
    try {
      return await action();
    } catch (thrown) {
      if (unless?.(thrown) === true) return undefined;
      throw this.around.failure(thrown, `${doing} ${this.#named(key)}`);
    }
  }
}

/** Whether an answer says that there is no such thing, which is no failure. */
type Unless = (thrown: unknown) => boolean;

const orStatus =
  (status: number): Unless =>
  (thrown) =>
    (thrown as { readonly code?: unknown }).code === status;

const orMissing: Unless = (thrown) => orStatus(404)(thrown) && !/bucket/i.test((thrown as Error).message);
