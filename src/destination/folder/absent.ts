import { TidemarkError } from '../../core/errors.js';
import { tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { asDestinationFailure } from './failure.js';
import { readAnnouncements } from './announcements.js';
import { versionUri } from '../../core/version-uri.js';
import { type Target, assertSegment, versionFolder } from './layout.js';
import { namesVersion } from './lines.js';

/**
 * Refuses to make a version that is already there: as a folder, or named by a line of the announcement file.
 * Whether two names differ only in case matters as much as it does to the file system. Reads only.
 * @throws request.version-exists, request.invalid, destination.denied
 */
export function assertVersionAbsent(target: Target): void {
  const { fs, out, dataset, version, announcements } = target;
  assertSegment('dataset', dataset, announcements.name);
  assertSegment('version', version, announcements.name);
  const folder = versionFolder(target);
  if (isThere(fs, folder)) throw versionExists(target, `it lies in ${folder}`);
  if (namesVersion(readAnnouncements(target), versionUri(target), announcements)) {
    throw versionExists(target, `a line of ${announcements.name} in ${out} names it, though its folder is not there`);
  }
}

/** Whether anything has this name, a dangling link included. */
export function isThere(fs: FileSystem, path: string): boolean {
  return asDestinationFailure('look at', path, () => tolerate(['ENOENT'], () => fs.lstatSync(path))) !== undefined;
}

export function versionExists(target: Target, where: string): TidemarkError {
  return new TidemarkError('request.version-exists', `version "${versionUri(target)}" is already there: ${where}`, {
    hint:
      'A version never changes. Choose another version name (a template with {date}, {datetime} or {run} makes new ' +
      `ones), or remove the version's folder and its lines in ${target.announcements.name} first.`,
  });
}
