import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Library from '../../src/index.js';
import { emptyFolder } from '../support/cli.js';

/** As it is built: lanes are threads, which run what was built. */
const library = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;
export const { verify } = library;

/** Adopts what is at a location, into a folder of its own. */
export function adopt(
  location: string,
  options: Partial<Library.AdoptOptions> = {},
  env: NodeJS.ProcessEnv = {},
  listener: Library.RunListener = () => undefined,
): Promise<Library.SnapshotResult> {
  const out = emptyFolder('adopted');
  return library.adopt(location, { dataset: 'dataset://adopted/1', out, ...options }, { env, listener });
}

export interface AdoptedTable {
  readonly name: string;
  readonly digest: string;
  readonly facts: { readonly rows: number; readonly sum: string };
  readonly schema: readonly { readonly name: string; readonly type: string; readonly stored: string }[];
}

export interface AdoptedVersion {
  readonly kept?: { readonly codecs: readonly string[] };
  readonly tables: readonly [AdoptedTable, ...AdoptedTable[]];
}

export function versionOf({ location }: Pick<Library.SnapshotResult, 'location'>): AdoptedVersion {
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.1.json'), 'utf8')) as {
    readonly version: AdoptedVersion;
  };
  return manifest.version;
}

/** The Parquet files of a folder and of those in it, by their paths. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .sort();

/** Of them, in the order of their paths. */
export const hashesIn = (folder: string): readonly string[] =>
  filesIn(folder).map((name) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  );
