import { join } from 'node:path';
import type { AnnouncementFile, VersionPlace } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import type { Machine } from '../../machine/machine.js';

/*
 * The outputs folder:
 *
 *   <out>/.tidemark-<run>/journal.json        who runs this, and how far it got
 *                         heartbeat           touched while the run lives
 *                         files/              where lanes write
 *                         board/              word between those who write together
 *                         scratch/            what waits for its turn to be written
 *                         version/<d>/<v>/    the version as it will be; leaves by one rename
 *                         announcements       the next announcement file
 *                         announcements.before  the one before it
 *   <out>/.tidemark.lock/<run>                held while a version is published
 *   <out>/<dataset>/<version>/
 *   <out>/<announcement file>             in which a platform looks for lines about files
 */
export const stagingPrefix = '.tidemark-';
export const lockName = '.tidemark.lock';

/** An outputs folder, by its absolute path, the file in it that announces versions, and the machine that it is on. */
export interface Outputs extends Machine {
  readonly out: string;
  readonly announcements: AnnouncementFile;
}

/** The version that a run makes. */
export interface Target extends Outputs, VersionPlace {
  /** The folder of the draft's objects in which its files are written; absent: none. */
  readonly from?: string;
}

export const datasetFolder = (target: Target): string => join(target.out, target.dataset);
export const versionFolder = (target: Target): string => join(target.out, target.dataset, target.version);
export const stagingRoot = (out: string, run: string): string => join(out, stagingPrefix + run);

export const journalIn = (root: string): string => join(root, 'journal.json');
export const heartbeatIn = (root: string): string => join(root, 'heartbeat');
export const filesIn = (root: string): string => join(root, 'files');
export const boardIn = (root: string): string => join(root, 'board');
export const scratchIn = (root: string): string => join(root, 'scratch');
export const announcementsIn = (root: string): string => join(root, 'announcements');
export const versionIn = (root: string, target: VersionPlace): string =>
  join(root, 'version', target.dataset, target.version);

/** Whether it is one plain segment of a path, and none of our own names. */
export function isSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name) && !name.startsWith('.tidemark');
}

/** Refuses names of dataset, version or run that are `taken`, or not one plain segment of a path. @throws request.invalid */
export function assertSegment(key: string, value: string, taken?: string): void {
  if (isSegment(value) && value !== taken) return;
  throw new TidemarkError('request.invalid', `${key}: "${value}" cannot be the name of a folder`, {
    hint: 'Use letters, digits, dots, hyphens and underscores.',
  });
}
