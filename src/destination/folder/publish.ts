import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { TidemarkError } from '../../core/errors.js';
import { assertVersionAbsent, isThere, versionExists } from './absent.js';
import { attempt, destinationFailure } from './failure.js';
import type { Publication } from './journal.js';
import { type Target, assertInside, datasetFolder, filesIn, metadataIn, versionFolder, versionIn } from './layout.js';
import { removeIfEmpty, takeLock } from './lock.js';
import { MetadataRewrite } from './metadata.js';
import { syncFolder, writeDurably } from './sync.js';
import { type WrittenFile, assertWhole, changedFile } from './whole.js';
import type { Workspace } from './workspace.js';

export interface PublishRequest {
  /**
   * Shards and sidecars: `from` under the staging's folder, closed and synced; `to` in the version's folder, with `/`;
   * `bytes` as their writer counted them.
   */
  readonly files: readonly { readonly from: string; readonly to: string; readonly bytes: number }[];
  readonly manifest: { readonly name: string; readonly bytes: Uint8Array };
  /** Lines of valohai.metadata.jsonl without their newlines. */
  readonly metadataLines: readonly string[];
  readonly signal?: AbortSignal;
  /** Is told of every step when it is done; what it throws counts as that step's failure, until `published`. */
  readonly onStep?: (step: PublishStep) => void;
}

/** The steps in their order. The version appears with `version-renamed`, all at once; `metadata-renamed` makes it known. */
export const publishSteps = [
  'announced',
  'files-staged',
  'manifest-staged',
  'version-synced',
  'lock-taken',
  'metadata-staged',
  'dataset-made',
  'version-renamed',
  'rename-synced',
  'metadata-renamed',
  'metadata-synced',
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
  target: Target,
  request: PublishRequest,
  assertGoing: () => void,
): Promise<void> {
  const step = (name: PublishStep): void => request.onStep?.(name);
  const breathing = async (): Promise<void> => {
    await breathe();
    assertGoing();
  };
  assertGoing();
  announce(workspace, request);
  step('announced');
  const folders = await stageFiles(workspace.root, target, request, breathing);
  step('files-staged');
  stageManifest(workspace.root, target, request.manifest);
  step('manifest-staged');
  for (const folder of folders) attempt('sync', folder, () => syncFolder(folder));
  step('version-synced');
  await breathing();
  const releaseLock = await takeLock(workspace, request.signal);
  try {
    assertGoing();
    step('lock-taken');
    appear(workspace.root, target, request, step);
  } finally {
    releaseLock();
  }
}

function announce(workspace: Workspace, request: PublishRequest): void {
  for (const { from, to } of request.files) [from, to].forEach(assertInside);
  assertInside(request.manifest.name);
  const publication: Publication = {
    manifest: {
      name: request.manifest.name,
      sha256: createHash('sha256').update(request.manifest.bytes).digest('hex'),
    },
    files: request.files.map(({ to, bytes }) => ({ path: to, bytes })),
    lines: [...request.metadataLines],
  };
  attempt('write the journal in', workspace.root, () => workspace.announce(publication));
}

/** Moves the files to where they will be in the version; gives its folders, the deepest first. */
async function stageFiles(
  root: string,
  target: Target,
  request: PublishRequest,
  breathing: () => Promise<void>,
): Promise<string[]> {
  const version = versionIn(root, target);
  const folders = new Set([version]);
  for (const [index, { from, to, bytes }] of request.files.entries()) {
    if (index % filesAtATime === 0) await breathing();
    const path = join(version, to);
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
    attempt('move a finished shard to', path, () => fs.mkdirSync(dirname(path), { recursive: true }));
    if (isThere(path)) throw sameName(to);
    const written = join(filesIn(root), from);
    if (!isThere(written)) throw changedFile(written, bytes, undefined);
    attempt('move a finished shard to', path, () => fs.renameSync(written, path));
  }
  return [...folders].sort((a, b) => b.length - a.length);
}

/** The manifest comes last and whole: where there is one, the version is complete. */
function stageManifest(root: string, target: Target, manifest: PublishRequest['manifest']): void {
  const path = join(versionIn(root, target), manifest.name);
  if (isThere(path)) throw sameName(manifest.name);
  attempt('write the manifest', path, () => {
    const temporary = join(root, 'manifest.new');
    writeDurably(temporary, manifest.bytes);
    fs.renameSync(temporary, path);
  });
}

/** The version appears, then its lines; both or none. Hold the lock. */
function appear(root: string, target: Target, request: PublishRequest, step: (name: PublishStep) => void): void {
  assertVersionAbsent(target.out, target.dataset, target.version);
  const metadata = new MetadataRewrite(target.out, metadataIn(root), request.metadataLines);
  const undo: (() => void)[] = [];
  try {
    metadata.prepare();
    step('metadata-staged');
    const made = attempt('make', datasetFolder(target), () => fs.mkdirSync(datasetFolder(target), { recursive: true }));
    if (made !== undefined) undo.unshift(() => removeIfEmpty(datasetFolder(target)));
    step('dataset-made');
    assertWhole(versionIn(root, target), writtenFiles(request));
    renameVersion(versionIn(root, target), target);
    undo.unshift(() => fs.renameSync(versionFolder(target), versionIn(root, target)));
    step('version-renamed');
    for (const folder of [dirname(versionIn(root, target)), datasetFolder(target), target.out]) {
      attempt('sync', folder, () => syncFolder(folder));
    }
    step('rename-synced');
    if (request.metadataLines.length === 0) return;
    metadata.commit();
    undo.unshift(() => metadata.undo());
    step('metadata-renamed');
    metadata.sync();
    step('metadata-synced');
  } catch (thrown) {
    takeBack(undo, thrown, target);
    throw thrown;
  }
}

/** All files of the version, its manifest too. */
function writtenFiles({ files, manifest }: PublishRequest): WrittenFile[] {
  return [
    ...files.map(({ to, bytes }) => ({ path: to, bytes })),
    { path: manifest.name, bytes: manifest.bytes.length },
  ];
}

function renameVersion(staged: string, target: Target): void {
  const path = versionFolder(target);
  try {
    fs.renameSync(staged, path);
  } catch (thrown) {
    if (isThere(path)) throw versionExists(target, `another run made it just now, in ${path}`);
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
