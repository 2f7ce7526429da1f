import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { PublishRequest, VersionFiles, WrittenObject } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertVersionAbsent, isThere, versionExists } from './absent.js';
import { assertInside } from '../../core/inner-path.js';
import { AnnouncementRewrite } from './announcements.js';
import { makeFolders, removeIfEmpty, removeNow } from '../../machine/folders.js';
import { errno } from '../../machine/failure.js';
import { syncFolder, writeDurably } from '../../machine/write.js';
import { asDestinationFailure, destinationFailure } from './failure.js';
import type { NotedVersion } from './journal.js';
import { type Target, announcementsIn, datasetFolder, filesIn, versionFolder, versionIn } from './layout.js';
import { takeLock } from './lock.js';
import { assertWhole, changedFile } from './whole.js';
import type { Workspace } from './workspace.js';

/** Publishing into a folder, step by step. */
export interface FolderPublishRequest extends PublishRequest {
  /** Is told of every step when it is done; what it throws counts as that step's failure, until `published`. */
  readonly onStep?: (step: PublishStep) => void;
}

/** A version that is staged: where it goes, and what it consists of. */
export interface StagedVersion extends VersionFiles {
  readonly target: Target;
}

/** The steps in their order; those of a version's moving come once for each version. The version appears with `version-renamed`, all at once; `announced` makes it known. */
export const publishSteps = [
  'noted',
  'files-staged',
  'manifest-staged',
  'version-synced',
  'lock-taken',
  'announcement-staged',
  'dataset-made',
  'version-renamed',
  'rename-synced',
  'announced',
  'announcement-synced',
  'published',
] as const;

export type PublishStep = (typeof publishSteps)[number];

/** How many files are moved before other work of the process gets its turn. */
const filesAtATime = 64;

/**
 * Makes the staged files one version of the outputs folder. From `lock-taken` on no other code of this process
 * runs, so that an interruption finds the version either not there or done. On failure the outputs are as before; the
 * staging folder is left to the caller.
 */
export async function publish(
  workspace: Workspace,
  versions: readonly StagedVersion[],
  request: FolderPublishRequest,
  assertGoing: () => void,
): Promise<void> {
  const step = (name: PublishStep): void => request.onStep?.(name);
  const breathing = async (): Promise<void> => {
    await breathe();
    assertGoing();
  };
  assertGoing();
  note(workspace, versions, request.announcements);
  step('noted');
  const folders: string[] = [];
  for (const version of versions) folders.push(...(await stageFiles(workspace.root, version, breathing)));
  step('files-staged');
  for (const version of versions) stageManifest(workspace.root, version);
  step('manifest-staged');
  const { fs } = workspace.outputs;
  for (const folder of folders) asDestinationFailure('sync', folder, () => syncFolder(fs, folder));
  step('version-synced');
  await breathing();
  const releaseLock = await takeLock(workspace, request.signal);
  try {
    assertGoing();
    step('lock-taken');
    appear(workspace.root, versions, request.announcements, step);
  } finally {
    releaseLock();
  }
}

/** Into the journal, so that the next run can finish what this one began. */
function note(workspace: Workspace, versions: readonly StagedVersion[], lines: readonly string[]): void {
  const [first, ...siblings] = versions.map(notedVersion);
  const publication = { ...first!, ...(siblings.length > 0 && { siblings }), lines: [...lines] };
  const made = versions.map(({ target }) => target);
  asDestinationFailure('write the journal in', workspace.root, () => workspace.note(publication, made));
}

function notedVersion({ files, manifest }: VersionFiles): NotedVersion {
  for (const { path } of files) assertInside(path);
  assertInside(manifest.name);
  return {
    manifest: { name: manifest.name, sha256: createHash('sha256').update(manifest.bytes).digest('hex') },
    files: files.map(({ path, bytes }) => ({ path, bytes })),
  };
}

/** Moves the files to where they will be in the version; gives its folders, the deepest first. */
async function stageFiles(
  root: string,
  { target, files }: StagedVersion,
  breathing: () => Promise<void>,
): Promise<string[]> {
  const { fs, from = '' } = target;
  const version = versionIn(root, target);
  const folders = new Set([version]);
  const made = new Set<string>();
  for (const [index, { path: name, bytes }] of files.entries()) {
    if (index % filesAtATime === 0) await breathing();
    const path = join(version, name);
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
    if (!made.has(dirname(path)))
      asDestinationFailure('move a finished shard to', path, () => makeFolders(fs, dirname(path)));
    made.add(dirname(path));
    if (isThere(fs, path)) throw sameName(name);
    const written = join(filesIn(root), from, name);
    if (!isThere(fs, written)) throw changedFile(written, bytes, undefined);
    asDestinationFailure('move a finished shard to', path, () => fs.renameSync(written, path));
  }
  return [...folders].sort((a, b) => b.length - a.length);
}

/** The manifest comes last and whole: where there is one, the version is complete. */
function stageManifest(root: string, { target, manifest }: StagedVersion): void {
  const { fs } = target;
  const path = join(versionIn(root, target), manifest.name);
  if (isThere(fs, path)) throw sameName(manifest.name);
  asDestinationFailure('write the manifest', path, () => {
    const temporary = join(root, 'manifest.new');
    writeDurably(fs, temporary, manifest.bytes);
    fs.renameSync(temporary, path);
  });
}

/** The versions appear, then they are announced; all of that or nothing. Hold the lock. */
function appear(
  root: string,
  versions: readonly StagedVersion[],
  lines: readonly string[],
  step: (name: PublishStep) => void,
): void {
  const [{ target }] = versions as [StagedVersion];
  for (const version of versions) assertVersionAbsent(version.target);
  const announcement = new AnnouncementRewrite(target, announcementsIn(root), lines);
  const undo: Undo = [];
  try {
    announcement.prepare();
    step('announcement-staged');
    for (const version of versions) moveVersion(root, version, undo, step);
    if (lines.length > 0) announce(announcement, undo, step);
  } catch (thrown) {
    takeBack(undo, thrown, target);
    throw thrown;
  }
}

type Undo = (() => void)[];

/** The version is there, all at once. */
function moveVersion(root: string, version: StagedVersion, undo: Undo, step: (name: PublishStep) => void): void {
  const { target } = version;
  const { fs } = target;
  const dataset = datasetFolder(target);
  const made = asDestinationFailure('make', dataset, () => makeFolders(fs, dataset));
  if (made !== undefined) undo.unshift(() => removeIfEmpty(fs, dataset));
  step('dataset-made');
  assertWhole(fs, versionIn(root, target), writtenFiles(version));
  renameVersion(versionIn(root, target), target);
  undo.unshift(() => withdraw(versionIn(root, target), version));
  step('version-renamed');
  for (const folder of [dirname(versionIn(root, target)), dataset, target.out]) {
    asDestinationFailure('sync', folder, () => syncFolder(fs, folder));
  }
  step('rename-synced');
}

/** Back to where it was staged; where it cannot be moved it is removed, its manifest first. */
function withdraw(staged: string, { target, manifest }: StagedVersion): void {
  const { fs } = target;
  const folder = versionFolder(target);
  try {
    fs.renameSync(folder, staged);
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    fs.unlinkSync(join(folder, manifest.name));
    removeNow(fs, folder);
  }
}

/** A platform that looks for it can see it. */
function announce(announcement: AnnouncementRewrite, undo: Undo, step: (name: PublishStep) => void): void {
  announcement.commit();
  undo.unshift(() => announcement.undo());
  step('announced');
  announcement.sync();
  step('announcement-synced');
}

/** All files of the version, its manifest too. */
function writtenFiles({ files, manifest }: VersionFiles): WrittenObject[] {
  return [...files, { path: manifest.name, bytes: manifest.bytes.length }];
}

export function renameVersion(staged: string, target: Target): void {
  const { fs } = target;
  const path = versionFolder(target);
  try {
    fs.renameSync(staged, path);
  } catch (thrown) {
    if (isThere(fs, path)) throw versionExists(target, `another run made it just now, in ${path}`);
    throw destinationFailure(thrown, 'move the finished version to', path);
  }
}

function takeBack(undo: readonly (() => void)[], because: unknown, target: Target): void {
  try {
    for (const action of undo) action();
  } catch (thrown) {
    const reason = destinationFailure(because, 'publish', versionFolder(target));
    throw new TidemarkError('destination.io', `${reason.message}; and the version could not be taken back`, {
      hint: `Look at ${versionFolder(target)}: it is complete, but the run did not end well. Remove it before you run again.`,
      cause: thrown,
    });
  }
}

function sameName(name: string): TidemarkError {
  return new TidemarkError('destination.denied', `two files of the version have the same name here: "${name}"`, {
    hint: 'Some file systems do not tell capital from small letters. Choose another --name template.',
  });
}
