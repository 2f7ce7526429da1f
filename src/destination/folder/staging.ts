import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import { assertVersionAbsent } from './absent.js';
import { attempt, destinationFailure, errno, tolerate } from './failure.js';
import {
  type Target,
  assertInside,
  assertSegment,
  datasetFolder,
  filesIn,
  metadataName,
  versionFolder,
  versionIn,
} from './layout.js';
import { releaseLock, removeIfEmpty } from './lock.js';
import { type PublishRequest, publish } from './publish.js';
import { type StagedManifest, remove, removeNow, retire, retiredSuffix } from './remove.js';
import { Workspace } from './workspace.js';

export interface StagingRequest {
  /** The outputs folder; made where it is missing. */
  readonly out: string;
  readonly dataset: string;
  readonly version: string;
  /** The run's short random name: letters, digits, `.`, `_`, `-`. */
  readonly run: string;
  /** File names that the version will use: tried out, so that a name that cannot be is found before the source is asked. */
  readonly names?: readonly string[];
}

const mostAttempts = 3;

/** A version in the making. Nothing of it can be seen outside its staging folder until `publish`. */
export interface Staging {
  /** Absolute path of the folder that lanes write into; see `createShardFile`. */
  readonly folder: string;
  /** Absolute path where the version's folder will be. */
  readonly location: string;
  /**
   * Makes the version appear, with its manifest, then its metadata lines; then the staging folder goes. When it rejects,
   * the outputs folder is as it was; `abort` removes the rest. Once it has resolved, nothing takes the version back.
   * @throws request.version-exists, destination.*; the signal's reason
   */
  publish(request: PublishRequest): Promise<void>;
  /** Removes everything of this run; may be called at any time and more than once. Does nothing to a published version. */
  abort(): Promise<void>;
  /** The same at once, for handlers that run when the process ends. Throws nothing. */
  abortSync(): void;
}

/**
 * Checks that the version can be made here, makes the staging folder and writes its journal. Call `recover` first.
 * @throws request.version-exists, request.invalid, destination.denied, destination.full, destination.io
 */
export async function openStaging(request: StagingRequest): Promise<Staging> {
  assertRunName(request.run);
  const given = resolve(request.out);
  assertVersionAbsent(given, request.dataset, request.version);
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

function open(request: StagingRequest, given: string): Staging {
  const madeOutputs = attempt('make the outputs folder', given, () => fs.mkdirSync(given, { recursive: true }));
  // Links are followed once and for all, so that every rename stays within one file system.
  const out = attempt('open the outputs folder', given, () => fs.realpathSync(given));
  const target: Target = { out, dataset: request.dataset, version: request.version };
  let workspace: Workspace | undefined;
  try {
    const datasetWasThere = checkDatasetFolder(target);
    checkMetadataFile(out);
    workspace = Workspace.open(out, request.run, {
      dataset: request.dataset,
      version: request.version,
      datasetWasThere,
    });
    makeFolders(workspace.root, target, request.names ?? []);
    return new FolderStaging(workspace, target, given, madeOutputs);
  } catch (thrown) {
    if (workspace !== undefined) {
      workspace.stopBeating();
      removeNow(workspace.root);
    }
    removeMade(given, madeOutputs);
    throw thrown;
  }
}

function assertRunName(run: string): void {
  assertSegment('run', run);
  if (/^[\w.-]+$/.test(run)) return;
  throw new TidemarkError('request.invalid', `run: "${run}" may hold only letters, digits, ".", "_" and "-"`);
}

/** Whether the dataset's folder is there; if so it must be one that a version can be moved into. */
function checkDatasetFolder(target: Target): boolean {
  const path = datasetFolder(target);
  return attempt('use the dataset folder', path, () => {
    const there = tolerate(['ENOENT'], () => fs.lstatSync(path));
    if (there === undefined) return false;
    const folder = fs.statSync(path);
    if (!folder.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    if (folder.dev !== fs.statSync(target.out).dev) throw otherFileSystem();
    fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  });
}

/** A metadata file that is a link is rewritten where it really is. */
function checkMetadataFile(out: string): void {
  const path = join(out, metadataName);
  attempt('replace', path, () => {
    const folder = tolerate(['ENOENT'], () => dirname(fs.realpathSync(path)));
    if (folder === undefined || folder === out) return;
    if (fs.statSync(folder).dev !== fs.statSync(out).dev) throw otherFileSystem();
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
  });
}

function otherFileSystem(): Error {
  return Object.assign(new Error('another file system'), { code: 'EXDEV' });
}

/** The staged version's folder has its final names, so a file system that does not take them says so now. */
function makeFolders(root: string, target: Target, names: readonly string[]): void {
  const version = versionIn(root, target);
  attempt('make', filesIn(root), () => fs.mkdirSync(filesIn(root)));
  attempt('make a folder for the version', versionFolder(target), () => fs.mkdirSync(version, { recursive: true }));
  for (const name of names) {
    assertInside(name);
    const path = join(version, name);
    attempt('make a file named', join(versionFolder(target), name), () => {
      const made = fs.mkdirSync(dirname(path), { recursive: true });
      fs.writeFileSync(path, '', { flag: 'wx' });
      fs.rmSync(made ?? path, { recursive: true });
    });
  }
}

/** Removes the outputs folder, and its parents, that this run has made, unless somebody else uses them now. */
function removeMade(folder: string, firstMade: string | undefined): void {
  if (firstMade === undefined) return;
  for (let path = folder; path.startsWith(firstMade); path = join(path, '..')) {
    if (!removeIfEmpty(path)) return;
  }
}

class FolderStaging implements Staging {
  readonly folder: string;
  readonly location: string;
  #manifest: StagedManifest | undefined;
  #state: 'open' | 'publishing' | 'published' | 'aborted' = 'open';

  constructor(
    private readonly workspace: Workspace,
    private readonly target: Target,
    private readonly given: string,
    private readonly madeOutputs: string | undefined,
  ) {
    this.folder = filesIn(workspace.root);
    this.location = versionFolder(target);
  }

  async publish(request: PublishRequest): Promise<void> {
    if (this.#state !== 'open') throw new TidemarkError('internal.bug', `publish: the run is ${this.#state} already`);
    this.#state = 'publishing';
    this.#manifest = { ...this.target, name: request.manifest.name };
    await publish(this.workspace, this.target, request, () => {
      request.signal?.throwIfAborted();
      if (this.#state === 'aborted') throw new TidemarkError('internal.bug', 'publish: the run was aborted meanwhile');
    });
    this.#state = 'published';
    this.workspace.stopBeating();
    request.onStep?.('published');
    // The version is there; if its staging folder cannot go now, the next run removes it and says so.
    await this.#removeStaging().catch(() => undefined);
  }

  async abort(): Promise<void> {
    if (this.#state === 'published') return;
    try {
      await this.#removeStaging();
    } catch (thrown) {
      throw destinationFailure(thrown, 'remove the staging folder', this.workspace.root);
    } finally {
      removeMade(this.given, this.madeOutputs);
    }
  }

  abortSync(): void {
    if (this.#state === 'published') return;
    try {
      const retired = this.#retire();
      if (retired !== undefined) removeNow(retired);
      removeMade(this.given, this.madeOutputs);
    } catch (thrown) {
      // The process is ending; the next run finds what stays and removes it.
      if (errno(thrown) === undefined) throw thrown;
    }
  }

  async #removeStaging(): Promise<void> {
    const retired = this.#retire();
    if (retired !== undefined) await remove(retired);
  }

  #retire(): string | undefined {
    if (this.#state !== 'published') this.#state = 'aborted';
    this.workspace.stopBeating();
    releaseLock(this.workspace.out, this.workspace.run);
    const ending = this.workspace.root + retiredSuffix;
    // A second call goes on where the first one stopped.
    return fs.existsSync(ending) ? ending : retire(this.workspace.root, ending, this.#manifest);
  }
}
