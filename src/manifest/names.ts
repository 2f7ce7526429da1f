import { TidemarkError } from '../core/errors.js';
import { nameWarnings } from './name-advice.js';
import { fill, type NameValues, timeValues } from './placeholders.js';

/** A dataset version's name, decided. */
export interface VersionName {
  readonly dataset: string;
  readonly version: string;
  /** `dataset://<dataset>/<version>`. */
  readonly uri: string;
}

/** Leaves room for an index and an ending within the 255 bytes that file systems allow. */
const longestName = 200;

/**
 * The dataset version that a template such as `dataset://customer-data/{quarter}` names for this run.
 *
 * @param dated whoever runs it has said for which day: a name that repeats is then meant
 * @param split the part of the split that the version is of
 * @throws request.invalid for anything but `dataset://name/version`, unknown placeholders, characters that are not safe
 */
export function resolveVersionName(
  template: string,
  values: NameValues,
  { dated = false, split }: { readonly dated?: boolean; readonly split?: string } = {},
): VersionName & { readonly warnings: readonly string[] } {
  const filled = fill(template, 'dataset', { ...timeValues(template, values), ...(split !== undefined && { split }) });
  const name = parseVersionUri(filled, 'dataset');
  checkHyphens(name.version);
  return { ...name, warnings: nameWarnings(template, name, dated) };
}

/** In file names `--` ends the version's name: see `defaultTableShardName`. */
function checkHyphens(version: string): void {
  if (!/^-|--|-$/.test(version)) return;
  throw new TidemarkError(
    'request.invalid',
    `dataset: the version's name "${version}" begins or ends with "-", or has "--"`,
    {
      hint: 'In the names of files "--" stands between the version and a table. Use single hyphens, between letters or digits.',
    },
  );
}

/**
 * Reads `dataset://name/version`.
 *
 * @param key the option, for messages
 * @throws request.invalid
 */
export function parseVersionUri(uri: string, key: string): VersionName {
  const match = /^dataset:\/\/([^/]+)\/([^/]+)$/.exec(uri);
  if (!match) {
    throw new TidemarkError('request.invalid', `${key}: "${uri}" is not a dataset version`, {
      hint: 'Write it as dataset://<name>/<version>, for example dataset://customer-data/{quarter}.',
    });
  }
  const [dataset, version] = [match[1]!, match[2]!];
  checkName(dataset, `${key}: the dataset's name`);
  checkName(version, `${key}: the version's name`);
  return { dataset, version, uri };
}

/**
 * Whether a name is safe as a file, a folder and a name on the platform.
 *
 * @param what stands before the name in the message
 * @throws request.invalid
 */
export function checkName(name: string, what: string): void {
  const wrong = [...new Set(name.replace(/[A-Za-z0-9._-]/g, ''))];
  if (wrong.length > 0) {
    throw new TidemarkError(
      'request.invalid',
      `${what} "${name}" has characters that are not allowed: ${wrong.join(' ')}`,
      {
        hint: 'Allowed are the letters A-Z and a-z, digits, ".", "_" and "-".',
      },
    );
  }
  if (/^[._]/.test(name)) {
    throw new TidemarkError('request.invalid', `${what} "${name}" begins with "${name[0]}"`, {
      hint: 'Readers of a folder pass over names that begin with "." or "_". Begin it with a letter or a digit.',
    });
  }
  if (name.length > longestName) {
    throw new TidemarkError(
      'request.invalid',
      `${what} has ${name.length} characters; at most ${longestName} are allowed`,
    );
  }
}
