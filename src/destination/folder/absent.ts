import fs from 'node:fs';
import { TidemarkError } from '../../core/errors.js';
import { attempt, tolerate } from './failure.js';
import { type Target, assertSegment, metadataName, versionFolder, versionUri } from './layout.js';
import { namesVersion, readMetadata } from './metadata.js';

/**
 * Refuses to make a version that is already there: as a folder, or named by a line of the outputs' metadata file.
 * Whether two names differ only in case matters as much as it does to the file system. Reads only.
 * @throws request.version-exists, request.invalid, destination.denied
 */
export function assertVersionAbsent(out: string, dataset: string, version: string): void {
  assertSegment('dataset', dataset);
  assertSegment('version', version);
  const target: Target = { out, dataset, version };
  const folder = versionFolder(target);
  if (isThere(folder)) throw versionExists(target, `it lies in ${folder}`);
  if (namesVersion(readMetadata(out), versionUri(target))) {
    throw versionExists(target, `a line of ${metadataName} in ${out} names it, though its folder is not there`);
  }
}

/** Whether anything has this name, a dangling link included. */
export function isThere(path: string): boolean {
  return attempt('look at', path, () => tolerate(['ENOENT'], () => fs.lstatSync(path))) !== undefined;
}

export function versionExists(target: Target, where: string): TidemarkError {
  return new TidemarkError('request.version-exists', `version "${versionUri(target)}" is already there: ${where}`, {
    hint:
      'A version never changes. Choose another version name (a template with {date}, {datetime} or {run} makes new ' +
      `ones), or remove the version's folder and its lines in ${metadataName} first.`,
  });
}
