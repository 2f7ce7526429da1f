import type * as z from 'zod';
import { TidemarkError } from '../core/errors.js';
import { mostValues, valuesAtMost } from '../core/read-limits.js';
import { assertCanonical } from './canonical.js';
import { type Manifest, manifestSchema, manifestVersion } from './shape.js';
import { fromVersion1, manifest1Schema } from './version-1.js';

/** A manifest, read. */
export interface ReadManifest {
  /** As it stands in the file, with the keys that this version of the tool does not know: what id and seal are of. */
  readonly content: { readonly id: string; readonly version: object; readonly seal: string };
  /** In the form of today, whatever its format. */
  readonly manifest: Manifest;
}

/**
 * Reads a manifest of any format. It is checked for shape alone; whether id, seal and files hold is for `verifyVersion` to
 * say.
 *
 * @param name the file, for messages
 * @throws verification.failed when it is not a manifest, or one of a newer format
 */
export function parseManifest(bytes: Uint8Array, name = 'the manifest'): ReadManifest {
  const content = readJson(bytes, name);
  const format = formatOf(content);
  if (format !== undefined && format > manifestVersion) {
    throw new TidemarkError(
      'verification.failed',
      `${name} has manifest format ${format}; this tidemark reads formats up to ${manifestVersion}`,
      { hint: 'Read it with a newer tidemark: npm install tidemark@latest.' },
    );
  }
  return { content: content as ReadManifest['content'], manifest: inTodaysForm(content, format, name) };
}

function inTodaysForm(content: unknown, format: number | undefined, name: string): Manifest {
  if (format !== 1) {
    assertWhole(manifestSchema.safeParse(content), name);
    // Not the parsed copy: it has lost the keys that this version of the tool does not know.
    return content as Manifest;
  }
  assertWhole(manifest1Schema.safeParse(content), name);
  return fromVersion1(content as Parameters<typeof fromVersion1>[0]);
}

function assertWhole({ error }: z.ZodSafeParseResult<unknown>, name: string): void {
  if (error === undefined) return;
  const issues = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TidemarkError('verification.failed', `${name} is not a whole manifest: ${issues.join('; ')}`, {
    hint: 'Fetch the file again from where it was published.',
  });
}

function readJson(bytes: Uint8Array, name: string): unknown {
  // Each takes two bytes at least.
  if (bytes.length > 2 * mostValues && valuesAtMost(bytes) > mostValues) {
    throw new TidemarkError('verification.failed', `${name} has more than ${mostValues} values`, {
      hint: 'No version has so many. Fetch the file again from where it was published.',
    });
  }
  try {
    const content: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    // JSON can write what nobody can seal: numbers that are none, half characters, nesting without end.
    assertCanonical(content);
    return content;
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
