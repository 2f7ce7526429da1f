import { TidemarkError } from '../../core/errors.js';
import { encodeManifest, manifestName, manifestSeal, parseManifest, versionId } from '../../manifest/encode.js';
import type { Manifest } from '../../manifest/shape.js';
import { failure, type Finding } from './finding.js';

export interface CheckedManifest {
  /** Undefined where it cannot be read at all. */
  readonly manifest: Manifest | undefined;
  readonly findings: readonly Finding[];
}

/** Whether a manifest's bytes, id and seal hold, and whether its figures agree with each other. */
export function checkManifest(bytes: Uint8Array, file: string, expectedId: string | undefined): CheckedManifest {
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, file);
  } catch (thrown) {
    const error = TidemarkError.from(thrown);
    return { manifest: undefined, findings: [failure('manifest', file, error.message)] };
  }
  return {
    manifest,
    findings: [
      ...sealFindings(manifest, bytes, file),
      ...idFindings(manifest, file, expectedId),
      ...figureFindings(manifest, file),
    ],
  };
}

function sealFindings(manifest: Manifest, bytes: Uint8Array, file: string): Finding[] {
  const findings: Finding[] = [];
  const seal = manifestSeal(manifest);
  if (seal !== manifest.seal) {
    findings.push(
      failure('manifest', file, 'the manifest was changed after it was sealed', {
        expected: manifest.seal,
        found: seal,
      }),
    );
  }
  if (Buffer.compare(encodeManifest(manifest), bytes) !== 0) {
    findings.push(
      failure('manifest', file, 'the file is not in canonical form (RFC 8785 and one newline): it was written anew'),
    );
  }
  return findings;
}

function idFindings({ id, version }: Manifest, file: string, expectedId: string | undefined): Finding[] {
  const findings: Finding[] = [];
  const computed = versionId(version);
  if (computed !== id) {
    const message = "the id is not that of the manifest's version part: one of them was changed";
    findings.push(failure('id', file, message, { expected: id, found: computed }));
  }
  if (expectedId !== undefined && expectedId.toLowerCase() !== computed) {
    const message = 'this is not the version that was asked for: its id is another one';
    findings.push(failure('id', file, message, { expected: expectedId, found: computed }));
  }
  if (manifestName(version.name) !== file) {
    const message = `the manifest is of version ${version.uri} and has another's name`;
    findings.push(failure('manifest', file, message, { expected: manifestName(version.name), found: file }));
  }
  return findings;
}

/** Totals against their parts, and names against each other. */
function figureFindings({ version }: Manifest, file: string): Finding[] {
  const findings: Finding[] = [];
  const compare = (what: string, told: number, parts: readonly number[]): void => {
    const total = parts.reduce((sum, part) => sum + part, 0);
    if (told !== total) {
      findings.push(
        failure('manifest', file, `${what} is not the sum of its parts`, { expected: `${total}`, found: `${told}` }),
      );
    }
  };
  for (const key of ['rows', 'bytes'] as const) {
    compare(
      `${key} of the version`,
      version[key],
      version.tables.map((table) => table[key]),
    );
    for (const table of version.tables) {
      compare(
        `${key} of table ${table.name}`,
        table[key],
        table.shards.map((shard) => shard[key]),
      );
    }
  }
  const paths = version.tables.flatMap((table) => table.shards.map((shard) => shard.path));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) findings.push(failure('manifest', file, `${twice} is listed twice`));
  return findings;
}
