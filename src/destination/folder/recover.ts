import { createHash, randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RecoveryReport } from '../../core/destination.js';
import { versionUri } from '../../core/version-uri.js';
import { TidemarkError } from '../../core/errors.js';
import { errno, tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { makeFolders, remove, removeIfEmpty } from '../../machine/folders.js';
import { syncFolder } from '../../machine/write.js';
import { AnnouncementRewrite, readAnnouncements } from './announcements.js';
import { asDestinationFailure, destinationFailure } from './failure.js';
import { type Journal, type NotedVersion, readJournal, readJournalOrFail } from './journal.js';
import { isThere } from './absent.js';
import {
  announcementsIn,
  datasetFolder,
  lockName,
  type Outputs,
  stagingPrefix,
  type Target,
  versionFolder,
  versionIn,
} from './layout.js';
import { missingLines } from './lines.js';
import { breakLockOfTheDead, takeLock } from './lock.js';
import { renameVersion } from './publish.js';
import { retire, retiredSuffix } from './remove.js';
import * as report from './report.js';
import { findChanged } from './whole.js';
import { Workspace } from './workspace.js';

const recoveryPrefix = 'recovery-';

/** What a staging folder may hold, when a journal that says so is not there yet, or no longer. */
const ownNames =
  /^(heartbeat|journal\.json(\.new)?|files|board|scratch|version|lock|announcements(\.before)?|metadata\.jsonl|manifest\.new|dead-.*)$/;

/**
 * Cleans up after runs that were killed: what they had not finished goes; a version that was whole but not yet announced
 * gets its lines. Runs that live, or may live on another host, are left alone. Several may call this at
 * the same time: each dead run is handled, and reported, once.
 * @throws destination.denied, destination.full, destination.io
 */
export async function recover(given: Outputs, signal?: AbortSignal): Promise<RecoveryReport[]> {
  const { fs } = given;
  const folder = resolve(given.out);
  const absent = ['ENOENT', 'ENOTDIR', 'EACCES'];
  const list = (): Dirent[] => tolerate(absent, () => fs.readdirSync(folder, { withFileTypes: true })) ?? [];
  const found = asDestinationFailure('list', folder, list);
  const names = found.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const stagings = names.filter((name) => name.startsWith(stagingPrefix));
  if (stagings.length === 0 && !names.includes(lockName)) return [];
  const out = asDestinationFailure('open the outputs folder', folder, () => fs.realpathSync(folder));
  const outputs = { ...given, out };
  const workspace = Workspace.open(outputs, recoveryPrefix + randomBytes(6).toString('hex'));
  const reports: RecoveryReport[] = [];
  const notRemoved = (thrown: unknown): void => {
    reports.push(report.failed(workspace.run, destinationFailure(thrown, 'remove', workspace.root).message));
  };
  try {
    for (const name of stagings) {
      const found = await recoverOne(workspace, name, signal);
      if (found !== undefined && !found.run.startsWith(recoveryPrefix)) reports.push(found);
    }
    asDestinationFailure('look at the lock in', out, () => breakLockOfTheDead(workspace));
  } finally {
    workspace.stopBeating();
    const rest = retire(fs, workspace.root, workspace.root + retiredSuffix, []);
    // What stays says that it is of no run: the next recovery takes it.
    if (rest !== undefined) await remove(fs, rest).catch(notRemoved);
  }
  return reports;
}

async function recoverOne(
  workspace: Workspace,
  name: string,
  signal?: AbortSignal,
): Promise<RecoveryReport | undefined> {
  const { fs, out, processes } = workspace.outputs;
  const root = join(out, name);
  const retired = name.endsWith(retiredSuffix);
  const run = name.slice(stagingPrefix.length, retired ? -retiredSuffix.length : undefined);
  try {
    const journal = readJournal(fs, root);
    // A retired folder that has lost its journal is one whose removal was cut short.
    const state = retired && journal === undefined ? 'dead' : workspace.standingOf(root);
    if (state === 'gone') return undefined;
    if (state === 'living') return report.living(run, journal, processes);
    if (journal === undefined && !isOurs(fs, root)) return report.notOurs(run, root);
    const releaseLock = await takeLock(workspace, signal);
    let settled: { result: RecoveryReport; rest: string | undefined } | undefined;
    try {
      settled = isThere(fs, root) ? settle(workspace, root, { run, retired }) : undefined;
    } finally {
      releaseLock();
    }
    if (settled?.rest !== undefined) await remove(fs, settled.rest);
    return settled?.result;
  } catch (thrown) {
    if (signal?.aborted === true || (errno(thrown) === undefined && !(thrown instanceof TidemarkError))) throw thrown;
    return report.failed(run, destinationFailure(thrown, 'clean up', root).message);
  }
}

/** Under the lock: finishes or takes apart what a dead run left, and moves the rest out of the others' way. */
function settle(
  workspace: Workspace,
  root: string,
  { run, retired }: { run: string; retired: boolean },
): { result: RecoveryReport; rest: string | undefined } {
  const { outputs } = workspace;
  const { fs, out } = outputs;
  const journal = readJournalOrFail(fs, root);
  const versions = journal ? versionsOf(outputs, journal) : [];
  let result: RecoveryReport;
  if (retired) {
    result = report.removalFinished(run, journal, out);
  } else if (journal && versions.some(({ target, noted }) => noted && !isThere(fs, versionIn(root, target)))) {
    result = finish(workspace, root, journal, versions);
  } else {
    result = report.removed(run, journal, out);
  }
  for (const { target } of versions) if (!target.datasetWasThere) removeIfEmpty(fs, datasetFolder(target));
  const manifests = versions.flatMap(({ target, noted }) => (noted ? [{ ...target, name: noted.manifest.name }] : []));
  const claimed = join(workspace.root, `dead-${run}${retired ? retiredSuffix : ''}`);
  return { result, rest: retire(fs, root, claimed, manifests) };
}

/** A version that a dead run was making, and what it consists of, if that was noted. */
interface DeadVersion {
  readonly target: Target & { readonly datasetWasThere: boolean };
  readonly noted: NotedVersion | undefined;
}

function versionsOf(outputs: Outputs, { target, siblings = [], publication }: Journal): readonly DeadVersion[] {
  const noted = publication && [publication, ...(publication.siblings ?? [])];
  return [...(target ? [target] : []), ...siblings].map((one, index) => ({
    target: { ...outputs, ...one },
    noted: noted?.[index],
  }));
}

/**
 * A version's folder has left the staging folder, so it had appeared when the run was killed: the others follow it, and the lines
 * that are missing are written. Doing so twice changes nothing. Where that cannot be, all that appeared together goes again.
 */
function finish(
  workspace: Workspace,
  root: string,
  journal: Journal,
  versions: readonly DeadVersion[],
): RecoveryReport {
  const { run, publication } = journal;
  const { outputs } = workspace;
  const staged = versions.filter(({ target }) => isThere(outputs.fs, versionIn(root, target)));
  const uris = versions.map(({ target }) => versionUri(target)).join(', ');
  if (!canFinish(root, versions, staged)) {
    takeBack(root, versions, staged);
    return report.versionChanged(run, journal, uris, outputs.announcements);
  }
  for (const { target } of staged) {
    makeFolders(outputs.fs, datasetFolder(target));
    renameVersion(versionIn(root, target), target);
    syncFolder(outputs.fs, datasetFolder(target));
  }
  const lines = missingLines(readAnnouncements(outputs), publication!.lines);
  if (lines.length > 0) {
    const rewrite = new AnnouncementRewrite(outputs, announcementsIn(workspace.root), lines);
    rewrite.prepare();
    rewrite.commit();
    rewrite.sync();
  }
  return report.completed(run, { journal, uri: uris, lines: lines.length, announcements: outputs.announcements });
}

/** Whether all versions are whole, where they are, and nothing is where those that are staged belong. */
function canFinish(root: string, versions: readonly DeadVersion[], staged: readonly DeadVersion[]): boolean {
  return versions.every((version) => {
    const { target, noted } = version;
    const waits = staged.includes(version);
    if (waits && isThere(target.fs, versionFolder(target))) return false;
    return noted !== undefined && isComplete(target.fs, waits ? versionIn(root, target) : versionFolder(target), noted);
  });
}

/** Those that appeared go back to where the others are still staged; one alone stays: whoever changed it has seen it. */
function takeBack(root: string, versions: readonly DeadVersion[], staged: readonly DeadVersion[]): void {
  if (staged.length === 0) return;
  for (const version of versions) {
    const { target, noted } = version;
    if (staged.includes(version) || noted === undefined) continue;
    if (isComplete(target.fs, versionFolder(target), noted)) {
      target.fs.renameSync(versionFolder(target), versionIn(root, target));
    }
  }
}

function isComplete(fs: FileSystem, folder: string, { manifest, files }: NotedVersion): boolean {
  const bytes = tolerate(['ENOENT', 'ENOTDIR'], () => fs.readFileSync(join(folder, manifest.name)));
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== manifest.sha256) return false;
  return findChanged(fs, folder, files) === undefined;
}

function isOurs(fs: FileSystem, root: string): boolean {
  return fs.readdirSync(root).every((name) => ownNames.test(name));
}
