import pLimit from 'p-limit';
import * as z from 'zod';
import type { Clock } from '../core/clock.js';
import type { VersionPlace } from '../core/destination.js';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import { versionUri } from '../core/version-uri.js';
import { ValohaiApi } from './api.js';
import type { RegistrationSettings } from './settings.js';

const atATime = 8;
/** Data whose metadata go in one request. */
const metadataAtATime = 200;

/** An object that belongs to a version, and what the platform is to know of it. */
export interface RegisteredFile {
  /** `s3://bucket/key` */
  readonly url: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A version whose objects are in a bucket. */
export interface RegisteredVersion extends VersionPlace {
  readonly files: readonly RegisteredFile[];
  /** The version of the same dataset whose files it has, too, but for those of these names. */
  readonly from: { readonly version: string; readonly exclude: readonly string[] } | undefined;
}

const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);
const idSchema = z.object({ id: z.string() });
const projectSchema = z.object({ id: z.string(), name: z.string(), owner: z.unknown() });
const storeSchema = z.object({
  id: z.string(),
  name: z.string().default(''),
  configuration: z.record(z.string(), z.unknown()).nullish(),
  url: z.string().nullish(),
});
const datasetSchema = z.object({ id: z.string(), name: z.string() });
const versionSchema = z.object({ id: z.string(), name: z.string(), dataset: reference.optional() });
const latestSchema = z.object({ latest_version: idSchema.nullish() });
const filesSchema = z.object({
  files: z.array(
    z.object({
      datum: z.union([
        z.string().transform((id) => ({ id, name: '' })),
        z.object({ id: z.string(), name: z.string() }),
      ]),
    }),
  ),
});
const datumSchema = z.object({ id: z.string(), uri: z.string().nullish() });
const adoptedSchema = z.object({ created: z.record(z.string(), z.string()).nullish() });

/**
 * Registers versions that lie in a bucket: their objects are adopted into the store of a project, and made dataset versions of it. What is relied on:
 * docs/unverified.md. Methods throw destination.*, request.*.
 */
export class Registration {
  /** Ids of those that were looked up, by name: parts of a split and versions of a chain are of the same one. */
  private readonly datasets = new Map<string, string>();

  private constructor(
    private readonly api: ValohaiApi,
    private readonly project: { readonly id: string; readonly owner: unknown },
    private readonly store: string,
  ) {}

  /** Looks up what a registration needs, before anything is read. @param bucket that the objects are in */
  static async open(
    settings: RegistrationSettings,
    bucket: string,
    { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
  ): Promise<Registration> {
    const api = new ValohaiApi(settings, clock, signal);
    const project = await projectOf(api, settings.project);
    const store = await storeOf(api, { project: project.id, bucket, wanted: settings.store });
    return new Registration(api, project, store);
  }

  async has(version: VersionPlace): Promise<boolean> {
    const dataset = await this.#dataset(version.dataset);
    return dataset !== undefined && (await this.#version(dataset, version.version)) !== undefined;
  }

  /** @throws request.version-exists */
  async assertAbsent(version: VersionPlace): Promise<void> {
    if (!(await this.has(version))) return;
    throw new TidemarkError(
      'request.version-exists',
      `version "${versionUri(version)}" is registered in Valohai already`,
      {
        hint: 'A version never changes. Choose another version name: a template with {date}, {datetime} or {run} makes new ones.',
      },
    );
  }

  /** Doing it twice is doing it once. */
  async register({ dataset, version, files, from }: RegisteredVersion): Promise<void> {
    const data = await pLimit(atATime).map(files, async (file) => ({ ...file, datum: await this.#adopt(file.url) }));
    for (let at = 0; at < data.length; at += metadataAtATime) {
      const some = data.slice(at, at + metadataAtATime);
      const metadata = Object.fromEntries(some.map((one) => [one.datum, one.metadata]));
      await this.api.post('/api/v0/data/metadata/apply/', { datum_metadata: metadata }, z.unknown());
    }
    const id = (await this.#dataset(dataset)) ?? (await this.#makeDataset(dataset));
    if ((await this.#version(id, version)) !== undefined) return;
    const before = from === undefined ? undefined : await this.#inherited(id, from);
    const body = {
      name: version,
      dataset: id,
      files: [...(before?.data ?? []), ...data.map(({ datum }) => datum)].map((datum) => ({ datum })),
      ...(before !== undefined && { previous_version: before.version }),
    };
    await this.api.post('/api/v0/dataset-versions/', body, idSchema).catch(async (thrown: unknown) => {
      // The answer to an earlier attempt may have been lost.
      if ((await this.#version(id, version)) === undefined) throw thrown;
    });
  }

  /** The files that a version has of the one that it goes on from. */
  async #inherited(
    dataset: string,
    { version, exclude }: NonNullable<RegisteredVersion['from']>,
  ): Promise<{ readonly version: string; readonly data: readonly string[] }> {
    const id = await this.#version(dataset, version);
    if (id === undefined) {
      throw new TidemarkError(
        'request.invalid',
        `register: version "${version}", which it goes on from, is not registered`,
        {
          hint: 'Register that one first: tidemark register LOCATION.',
        },
      );
    }
    const { files } = await this.api.get(`/api/v0/dataset-versions/${id}/`, filesSchema);
    const kept = files.filter(({ datum }) => !exclude.includes(datum.name));
    return { version: id, data: kept.map(({ datum }) => datum.id) };
  }

  async #adopt(url: string): Promise<string> {
    const request = { url, project: this.project.id };
    const adopted = await this.api
      .post(`/api/v0/stores/${this.store}/adopt/`, request, adoptedSchema)
      .catch((thrown: unknown) => {
        if (!/already exists/i.test(TidemarkError.from(thrown).message)) throw thrown;
        return { created: undefined };
      });
    return adopted.created?.[url] ?? this.#datum(url);
  }

  /** An object that was adopted before. */
  async #datum(url: string): Promise<string> {
    const query = { name: url.slice(url.lastIndexOf('/') + 1), store: this.store, project: this.project.id };
    const found = await this.api.list('/api/v0/data/', query, datumSchema);
    const [only, another] = found.filter(({ uri }) => (uri ?? url) === url);
    if (only !== undefined && another === undefined) return only.id;
    throw new TidemarkError(
      'destination.io',
      `Valohai did not adopt ${url}, and knows ${found.length} files of its name`,
      {
        hint: 'Check that the store of the project can read the bucket.',
      },
    );
  }

  async #dataset(name: string): Promise<string | undefined> {
    const id = this.datasets.get(name) ?? (await datasetOf(this.api, this.project.id, name));
    if (id !== undefined) this.datasets.set(name, id);
    return id;
  }

  async #makeDataset(name: string): Promise<string> {
    const body = { name, project: this.project.id, owner: ownerId(this.project.owner) };
    return (await this.api.post('/api/v0/datasets/', body, idSchema)).id;
  }

  async #version(dataset: string, name: string): Promise<string | undefined> {
    const found = await this.api.list('/api/v0/dataset-versions/', { dataset }, versionSchema);
    return found.find((version) => version.name === name && (version.dataset ?? dataset) === dataset)?.id;
  }
}

/** The name of the newest version of a dataset; undefined: there is none. */
export async function newestVersion(
  settings: RegistrationSettings,
  dataset: string,
  clock: Clock,
): Promise<string | undefined> {
  const api = new ValohaiApi(settings, clock);
  const project = await projectOf(api, settings.project);
  const id = await datasetOf(api, project.id, dataset);
  if (id === undefined) return undefined;
  const { latest_version: latest } = await api.get(`/api/v0/datasets/${id}/`, latestSchema);
  return latest ? (await api.get(`/api/v0/dataset-versions/${latest.id}/`, versionSchema)).name : undefined;
}

async function datasetOf(api: ValohaiApi, project: string, name: string): Promise<string | undefined> {
  return (await api.list('/api/v0/datasets/', { project }, datasetSchema)).find((one) => one.name === name)?.id;
}

async function projectOf(api: ValohaiApi, given: string): Promise<{ readonly id: string; readonly owner: unknown }> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given))
    return api.get(`/api/v0/projects/${given}/`, projectSchema);
  const name = given.slice(given.lastIndexOf('/') + 1);
  const found = (await api.list('/api/v0/projects/', {}, projectSchema)).filter((project) => project.name === name);
  if (found.length === 1) return found[0]!;
  throw invalidRequest(
    `register: ${found.length} projects of Valohai have the name "${name}"`,
    'Give its id as VALOHAI_PROJECT: it stands in the settings of the project.',
  );
}

async function storeOf(
  api: ValohaiApi,
  {
    project,
    bucket,
    wanted,
  }: { readonly project: string; readonly bucket: string; readonly wanted: string | undefined },
): Promise<string> {
  const stores = await api.list('/api/v0/stores/', { project }, storeSchema);
  const found = stores.filter(({ id, name, configuration, url }) =>
    wanted === undefined
      ? configuration?.['bucket'] === bucket || url === `s3://${bucket}` || url?.startsWith(`s3://${bucket}/`)
      : id === wanted || name === wanted,
  );
  if (found.length === 1) return found[0]!.id;
  const names = stores.map(({ name }) => name).join(', ') || 'none';
  throw invalidRequest(
    wanted === undefined
      ? `register: ${found.length} stores of the project have the bucket "${bucket}" (its stores: ${names})`
      : `register: the project has no store "${wanted}" (its stores: ${names})`,
    'Add the bucket as a store in the settings of the project, or say by its name which one it is: VALOHAI_STORE.',
  );
}

/** Answers have an owner as its number, or as an object with it. */
const ownerId = (owner: unknown): unknown =>
  typeof owner === 'object' && owner !== null && 'id' in owner ? owner.id : owner;
