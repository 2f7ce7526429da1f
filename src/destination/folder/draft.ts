import { dirname, join, resolve } from 'node:path';
import type { Draft, DraftRequest, RunNote, VersionRequest } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertInside } from '../../core/inner-path.js';
import { publishedTogether } from '../../core/published-together.js';
import { assertVersionAbsent } from './absent.js';
import { assertOnlyBoard } from './board.js';
import { errno, tolerate } from '../../machine/failure.js';
import { makeFolders, remove, removeMade, removeNow } from '../../machine/folders.js';
import { asDestinationFailure, destinationFailure } from './failure.js';
import {
  type Outputs,
  type Target,
  assertSegment,
  boardIn,
  datasetFolder,
  filesIn,
  scratchIn,
  versionFolder,
  versionIn,
} from './layout.js';
import { releaseLock } from './lock.js';
import { type FolderPublishRequest, publish } from './publish.js';
import { type StagedManifest, retire, retiredSuffix } from './remove.js';
import { Workspace } from './workspace.js';

const mostAttempts = 3;

/** What a lane needs to write into a draft: the absolute path of its files. */
export interface FolderTicket {
  readonly files: string;
}

/** A version in the making. Nothing of it can be seen outside its staging folder until `publish`. */
export interface FolderDraft extends Draft {
  readonly ticket: FolderTicket;
  publish(request: FolderPublishRequest): Promise<readonly string[]>;
}

/**
 * Checks that the version can be made here, makes the staging folder and writes its journal.
 * @throws request.version-exists, request.invalid, destination.denied, destination.full, destination.io
 */
export async function openDraft(outputs: Outputs, request: DraftRequest): Promise<FolderDraft> {
  const given = { ...outputs, out: resolve(outputs.out) };
  assertRunName(request.run, outputs.announcements.name);
  for (const { dataset, version } of versionsOf(request)) assertVersionAbsent({ ...given, dataset, version });
  for (let attempts = 1; ; attempts += 1) {
    try {
      return open(request, given);
    } catch (thrown) {
      // Another run may have made the outputs folder, failed, and removed it again under our feet.
      const vanished = thrown instanceof TidemarkError && errno(thrown.cause) === 'ENOENT';
      if (!vanished || attempts === mostAttempts) throw thrown;
    }
  }
}

function versionsOf({ siblings = [], run: _, ...first }: DraftRequest): readonly VersionRequest[] {
  return [first, ...siblings];
}

function open(request: DraftRequest, asGiven: Outputs): FolderDraft {
  const { fs, out: given } = asGiven;
  const madeOutputs = asDestinationFailure('make the outputs folder', given, () => makeFolders(fs, given));
  // Links are followed once and for all, so that every rename stays within one file system.
  const out = asDestinationFailure('open the outputs folder', given, () => fs.realpathSync(given));
  const versions = versionsOf(request);
  const targets = versions.map(({ names: _, ...version }): Target => ({ ...asGiven, out, ...version }));
  let workspace: Workspace | undefined;
  try {
    const [target, ...siblings] = targets.map((one) => ({
      dataset: one.dataset,
      version: one.version,
      datasetWasThere: checkDatasetFolder(one),
    }));
    checkAnnouncementFile(targets[0]!);
    workspace = Workspace.open({ ...asGiven, out }, request.run, { target, ...(siblings.length > 0 && { siblings }) });
    const { root } = workspace;
    asDestinationFailure('make', filesIn(root), () => fs.mkdirSync(filesIn(root)));
    if (request.shared) {
      asDestinationFailure('make', boardIn(root), () => fs.mkdirSync(boardIn(root)));
      assertOnlyBoard(workspace, request);
    }
    for (const [index, { names = [] }] of versions.entries()) makeStaging(root, targets[index]!, names);
    return new StagedDraft(workspace, targets, { given, madeOutputs, shared: request.shared ?? false });
  } catch (thrown) {
    const stays = workspace && takeApart(workspace);
    removeMade(fs, given, madeOutputs);
    throw stays === undefined ? thrown : withRest(destinationFailure(thrown, 'open', out), stays);
  }
}

/** @returns why the staging folder stays, if it does */
function takeApart(workspace: Workspace): TidemarkError | undefined {
  const { root, outputs } = workspace;
  workspace.stopBeating();
  try {
    removeNow(outputs.fs, root);
    return undefined;
  } catch (thrown) {
    return destinationFailure(thrown, 'remove', root);
  }
}

function withRest({ code, message, retryable }: TidemarkError, rest: TidemarkError): TidemarkError {
  const hint = 'Look at the state of that disk or mount. The next run there removes what stays.';
  return new TidemarkError(code, `${message}; and ${rest.message}`, { hint, retryable, cause: rest.cause });
}

function assertRunName(run: string, taken: string): void {
  assertSegment('run', run, taken);
  if (/^[\w.-]+$/.test(run)) return;
  throw new TidemarkError('request.invalid', `run: "${run}" may hold only letters, digits, ".", "_" and "-"`);
}

/** Whether the dataset's folder is there; if so it must be one that a version can be moved into. */
function checkDatasetFolder(target: Target): boolean {
  const { fs } = target;
  const path = datasetFolder(target);
  return asDestinationFailure('use the dataset folder', path, () => {
    const there = tolerate(['ENOENT'], () => fs.lstatSync(path));
    if (there === undefined) return false;
    const folder = fs.statSync(path);
    if (!folder.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    if (folder.dev !== fs.statSync(target.out).dev) throw otherFileSystem();
    fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  });
}

/** An announcement file that is a link is rewritten where it really is. */
function checkAnnouncementFile({ fs, out, announcements }: Outputs): void {
  const path = join(out, announcements.name);
  asDestinationFailure('replace', path, () => {
    const folder = tolerate(['ENOENT'], () => dirname(fs.realpathSync(path)));
    if (folder === undefined || folder === out) return;
    if (fs.statSync(folder).dev !== fs.statSync(out).dev) throw otherFileSystem();
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
  });
}

function otherFileSystem(): Error {
  return Object.assign(new Error('another file system'), { code: 'EXDEV' });
}

/**
 * The staged version's folder has its final names, so a file system that does not take them says so now. They are tried as
 * names of folders: nobody ever finds a manifest that is empty.
 */
function makeStaging(root: string, target: Target, names: readonly string[]): void {
  const { fs } = target;
  const version = versionIn(root, target);
  asDestinationFailure('make a folder for the version', versionFolder(target), () => makeFolders(fs, version));
  for (const name of names) {
    assertInside(name);
    const path = join(version, name);
    asDestinationFailure('make a file named', join(versionFolder(target), name), () => {
      const made = makeFolders(fs, path);
      fs.rmSync(made ?? path, { recursive: true });
    });
  }
}

/** How a draft was opened. */
interface OpenedAs {
  /** The outputs folder, as it was given. */
  readonly given: string;
  /** The outermost folder that was made for it; undefined: it was there. */
  readonly madeOutputs: string | undefined;
  readonly shared: boolean;
}

class StagedDraft implements FolderDraft {
  readonly ticket: FolderTicket;
  readonly board: string | undefined;
  readonly location: string;
  readonly scratch: string;
  #manifests: readonly StagedManifest[] = [];
  private readonly target: Target;
  #state: 'open' | 'publishing' | 'published' | 'aborted' = 'open';

  constructor(
    private readonly workspace: Workspace,
    private readonly targets: readonly Target[],
    private readonly opened: OpenedAs,
  ) {
    this.board = opened.shared ? boardIn(workspace.root) : undefined;
    this.ticket = { files: filesIn(workspace.root) };
    this.target = targets[0]!;
    this.location = versionFolder(this.target);
    this.scratch = scratchIn(workspace.root);
  }

  note(note: RunNote): Promise<void> {
    const { root } = this.workspace;
    asDestinationFailure('write the journal in', root, () => this.workspace.keep(note));
    return Promise.resolve();
  }

  async publish(request: FolderPublishRequest): Promise<readonly string[]> {
    if (this.#state !== 'open') throw new TidemarkError('internal.bug', `publish: the run is ${this.#state} already`);
    this.#state = 'publishing';
    const versions = publishedTogether(this.targets, request);
    this.#manifests = versions.map(({ target, manifest }) => ({ ...target, name: manifest.name }));
    await publish(this.workspace, versions, request, () => {
      request.signal?.throwIfAborted();
      if (this.#state === 'aborted') throw new TidemarkError('internal.bug', 'publish: the run was aborted meanwhile');
    });
    this.#state = 'published';
    this.workspace.stopBeating();
    request.onStep?.('published');
    // The version is there, whatever becomes of its staging folder: the next run removes what stays.
    return this.#removeStaging().then(
      () => [],
      (thrown: unknown) => [destinationFailure(thrown, 'remove the staging folder', this.workspace.root).message],
    );
  }

  async abort(): Promise<void> {
    if (this.#state === 'published') return;
    try {
      await this.#removeStaging();
    } catch (thrown) {
      throw destinationFailure(thrown, 'remove the staging folder', this.workspace.root);
    } finally {
      removeMade(this.target.fs, this.opened.given, this.opened.madeOutputs);
    }
  }

  abortSync(): void {
    if (this.#state === 'published') return;
    try {
      const retired = this.#retire();
      if (retired !== undefined) removeNow(this.target.fs, retired);
      removeMade(this.target.fs, this.opened.given, this.opened.madeOutputs);
    } catch (thrown) {
      // The process is ending; the next run finds what stays and removes it.
      if (errno(thrown) === undefined) throw thrown;
    }
  }

  /** Goes on where it stopped, once: a disk that fails a single time leaves nothing behind. */
  async #removeStaging(): Promise<void> {
    await this.#removeOnce().catch(() => this.#removeOnce());
  }

  async #removeOnce(): Promise<void> {
    const retired = this.#retire();
    if (retired !== undefined) await remove(this.target.fs, retired);
  }

  #retire(): string | undefined {
    if (this.#state !== 'published') this.#state = 'aborted';
    this.workspace.stopBeating();
    releaseLock(this.target, this.workspace.run);
    const ending = this.workspace.root + retiredSuffix;
    // A second call goes on where the first one stopped.
    const { fs } = this.target;
    return fs.existsSync(ending) ? ending : retire(fs, this.workspace.root, ending, this.#manifests);
  }
}
