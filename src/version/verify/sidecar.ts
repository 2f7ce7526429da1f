import { sha256 } from '../../manifest/canonical.js';
import type { Manifest } from '../../manifest/shape.js';
import type { VersionLocation } from '../locate.js';
import { failure, type Finding } from './finding.js';

/** Whether the files beside the shards hold what the manifest says. */
export async function sidecarFindings(
  { store, folder }: VersionLocation,
  { version: { sidecars = [] } }: Manifest,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { path, sha256: expected } of sidecars) {
    const bytes = await store.read(store.join(folder, path));
    if (bytes === undefined) findings.push(failure('missing', path, 'the file is missing'));
    else {
      const found = sha256(bytes);
      if (found !== expected) findings.push(failure('sha256', path, 'the bytes were changed', { expected, found }));
    }
  }
  return findings;
}
