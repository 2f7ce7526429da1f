import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';

/** A part of a manifest that may be written to. */
type Writable<Part> = Part extends object ? { -readonly [Key in keyof Part]: Writable<Part[Key]> } : Part;

/** Changes what a version's manifest says, with an id and a seal that hold. */
export function forgeManifest(location: string, change: (manifest: Writable<Manifest>) => void): void {
  const file = join(location, '_manifest.v1.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  change(manifest as Writable<Manifest>);
  const forged = { ...manifest, id: versionId(manifest.version) };
  writeFileSync(file, encodeManifest({ ...forged, seal: manifestSeal(forged) }));
}
