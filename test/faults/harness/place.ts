import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StrictS3 } from '../../servers/s3/strict.js';
import { filesIn } from '../outputs.js';

/** What lies somewhere: sha-256 by path. Of files that tell of their run, only what all runs must say. */
export type Contents = Readonly<Record<string, string>>;

/** Where versions are written. */
export interface Place {
  readonly out: string;
  /** Where the versions of the dataset lie. */
  readonly dataset: string;
  /** Everything there, unfinished uploads included. */
  contents(): Promise<Contents>;
  /** Makes it what it was when `keep` was called; at first: empty. */
  reset(): Promise<void>;
  keep(): Promise<void>;
}

/** Of a manifest the id is looked at elsewhere. */
const toldOfRuns = /_manifest|README/;

function digestOf(path: string, file: string): string {
  if (toldOfRuns.test(path)) return 'there';
  const bytes = readFileSync(file);
  if (path.endsWith('valohai.metadata.jsonl')) return registered(bytes.toString());
  return createHash('sha256').update(bytes).digest('hex');
}

/** Which files belong to which versions. */
function registered(lines: string): string {
  const all = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly file: string; readonly metadata: Readonly<Record<string, unknown>> });
  return JSON.stringify(all.map(({ file, metadata }) => [file, metadata['valohai.dataset-versions']]));
}

/** @param folder of the harness's own */
export function folderPlace(folder: string): Place {
  const [out, kept] = [join(folder, 'out'), join(folder, 'kept')];
  return {
    out,
    dataset: join(out, 'orders'),
    contents: () =>
      Promise.resolve(Object.fromEntries(filesIn(out).map((path) => [path, digestOf(path, join(out, path))]))),
    reset() {
      rmSync(out, { recursive: true, force: true });
      if (existsSync(kept)) cpSync(kept, out, { recursive: true });
      else mkdirSync(out, { recursive: true });
      return Promise.resolve();
    },
    keep() {
      cpSync(out, kept, { recursive: true });
      return Promise.resolve();
    },
  };
}

/** A store of the scenario's own. */
export function bucketPlace(store: StrictS3): Place {
  return {
    out: store.at('bucket/out'),
    dataset: store.at('bucket/out/orders'),
    async contents() {
      const { objects, uploads } = await store.contents({ digests: true });
      return Object.fromEntries([
        ...objects.map(({ key, sha256 }) => [key, toldOfRuns.test(key) ? 'there' : sha256]),
        ...uploads.map(({ key }) => [`upload of ${key}`, '']),
      ]) as Contents;
    },
    reset: () => store.restore(),
    keep: () => store.keep(),
  };
}
