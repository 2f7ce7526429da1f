import { canonicalJson } from './canonical.js';

/** File name of a version's manifest: unique over the dataset, and passed over by readers that take a folder. */
export function manifestName(version: string): string {
  return `_manifest.${version}.json`;
}

/** The bytes of the manifest file: canonical JSON and one newline. */
export function encodeManifest(manifest: object): Uint8Array {
  return new TextEncoder().encode(`${manifestText(manifest)}\n`);
}

/** Canonical JSON of parts of manifests, which never change: a version of many partitions is large, and needed several times. */
const texts = new WeakMap<object, string>();

/** Canonical JSON of a part of a manifest. */
export function partText(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const text = canonicalJson(part);
  texts.set(part, text);
  return text;
}

/** Canonical JSON of a manifest, put together from its parts. */
export function manifestText(manifest: object): string {
  const members = Object.entries(manifest)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]: [string, unknown]) => {
      const text = typeof part === 'object' && part !== null ? partText(part) : canonicalJson(part);
      return `${canonicalJson(key)}:${text}`;
    });
  return `{${members.join(',')}}`;
}
