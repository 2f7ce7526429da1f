import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in a version's folder, looked at without Tidemark's own code. */
export interface VersionFiles {
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
  /** File name → sha-256, every file of the folder. */
  readonly sha256: ReadonlyMap<string, string>;
}

interface ManifestExcerpt {
  readonly id: string;
  readonly version: { readonly rows: number; readonly bytes: number };
}

export async function readVersionFiles(folder: string): Promise<VersionFiles> {
  const sha256 = new Map<string, string>();
  let manifest: ManifestExcerpt | undefined;
  for (const name of (await readdir(folder)).sort()) {
    const bytes = await readFile(join(folder, name));
    sha256.set(name, createHash('sha256').update(bytes).digest('hex'));
    if (name.startsWith('_manifest.')) manifest = JSON.parse(bytes.toString()) as ManifestExcerpt;
  }
  if (manifest === undefined) throw new Error(`no manifest in ${folder}`);
  return { id: manifest.id, rows: manifest.version.rows, bytes: manifest.version.bytes, sha256 };
}

export function sameFiles(before: VersionFiles, after: VersionFiles): boolean {
  const same = [...before.sha256].every(([name, hash]) => after.sha256.get(name) === hash);
  return same && before.sha256.size === after.sha256.size && before.id === after.id;
}
