import { TidemarkError } from '../core/errors.js';
import { canonicalJson, sha256 } from './canonical.js';
import { type Manifest, manifestSchema, manifestVersion } from './shape.js';

/** File name of a version's manifest: unique over the dataset, and passed over by readers that take a folder. */
export function manifestName(version: string): string {
  return `_manifest.${version}.json`;
}

/** The version's id: sha-256 of the canonical JSON of the version part, lower-case hex. */
export function versionId(version: unknown): string {
  return sha256(canonicalJson(version));
}

/** The seal: sha-256 of the canonical JSON of the manifest without its seal, so that any edit shows. */
export function manifestSeal(manifest: object): string {
  return sha256(canonicalJson({ ...manifest, seal: undefined }));
}

/** The bytes of the manifest file: canonical JSON and one newline. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${canonicalJson(manifest)}\n`);
}

/**
 * Reads a manifest. It is checked for shape alone; whether id, seal and files hold is for `verifyVersion` to say.
 * Unknown keys are kept, so that id and seal of a manifest with additions can still be computed.
 *
 * @param name the file, for messages
 * @throws verification.failed when it is not a manifest, or one of a newer format
 */
export function parseManifest(bytes: Uint8Array, name = 'the manifest'): Manifest {
  const content = readJson(bytes, name);
  const format = formatOf(content);
  if (format !== undefined && format > manifestVersion) {
    throw new TidemarkError(
      'verification.failed',
      `${name} has manifest format ${format}; this tidemark reads formats up to ${manifestVersion}`,
      { hint: 'Read it with a newer tidemark: npm install tidemark@latest.' },
    );
  }
  const checked = manifestSchema.safeParse(content);
  if (!checked.success) {
    const issues = checked.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new TidemarkError('verification.failed', `${name} is not a whole manifest: ${issues.join('; ')}`, {
      hint: 'Fetch the file again from where it was published.',
    });
  }
  // Not the parsed copy: it has lost the keys that this version of the tool does not know.
  return content as Manifest;
}

function readJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('verification.failed', `${name} is not JSON: ${reason}`, {
      cause,
      hint: 'Fetch the file again from where it was published.',
    });
  }
}

function formatOf(content: unknown): number | undefined {
  const version = (content as { version?: { manifestVersion?: unknown } } | null)?.version?.manifestVersion;
  return typeof version === 'number' ? version : undefined;
}
