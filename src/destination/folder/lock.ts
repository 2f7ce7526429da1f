import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../core/errors.js';
import { attempt, destinationFailure, errno, tolerate } from './failure.js';
import { lockName, stagingRoot } from './layout.js';
import { type Workspace, staleAfter, standing } from './workspace.js';

/** What a rename onto a folder that is not empty gives, on one system or another. */
const heldByAnother = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY'];

/**
 * One run at a time publishes into an outputs folder. The lock is a folder that holds one file, named by its owner. It
 * is taken by renaming a prepared folder onto it, which succeeds only where there is none or an empty one. So a dead
 * owner's lock is broken by removing *that owner's* file, and no race can remove the lock of a living one.
 */
export async function takeLock(workspace: Workspace, signal?: AbortSignal): Promise<() => void> {
  const lock = join(workspace.out, lockName);
  const prepared = join(workspace.root, 'lock');
  attempt('prepare the lock', prepared, () => {
    fs.mkdirSync(prepared, { recursive: true });
    fs.writeFileSync(join(prepared, workspace.run), '');
  });
  const patience = performance.now() + staleAfter;
  for (;;) {
    signal?.throwIfAborted();
    if (rename(prepared, lock, workspace.run)) return () => releaseLock(workspace.out, workspace.run);
    const owner = attempt('look at the lock', lock, () => breakLockOfTheDead(workspace));
    if (performance.now() > patience) throw heldTooLong(lock, owner);
    await sleep(owner === undefined ? 1 : 10 + Math.random() * 30);
  }
}

function rename(prepared: string, lock: string, run: string): boolean {
  try {
    fs.renameSync(prepared, lock);
    return true;
  } catch (thrown) {
    // A network file system may repeat a request whose answer was lost, and report the second attempt's failure.
    if (fs.existsSync(join(lock, run))) return true;
    if (heldByAnother.includes(errno(thrown) ?? '')) return false;
    throw destinationFailure(thrown, 'take the lock', lock);
  }
}

/** The living owner of the lock; undefined when there is none (any more). */
export function breakLockOfTheDead(workspace: Workspace): string | undefined {
  const lock = join(workspace.out, lockName);
  const owners = tolerate(['ENOENT'], () => fs.readdirSync(lock)) ?? [];
  for (const owner of owners) {
    if (standing(stagingRoot(workspace.out, owner), () => workspace.now()) === 'living') return owner;
    tolerate(['ENOENT'], () => fs.unlinkSync(join(lock, owner)));
  }
  removeIfEmpty(lock);
  return undefined;
}

/** Lets go of the lock if this run holds it. */
export function releaseLock(out: string, run: string): void {
  const lock = join(out, lockName);
  try {
    fs.unlinkSync(join(lock, run));
  } catch {
    // Not held; or it stays until this run's staging folder has gone, and is broken by the next run then.
  }
  removeIfEmpty(lock);
}

/** Removes a folder unless somebody has put something into it. */
export function removeIfEmpty(folder: string): boolean {
  return (
    tolerate(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY', 'ENOTDIR', 'EROFS'], () => {
      fs.rmdirSync(folder);
      return true;
    }) ?? false
  );
}

function heldTooLong(lock: string, owner: string | undefined): TidemarkError {
  return new TidemarkError(
    'destination.io',
    `could not take ${lock} in two minutes; its owner is ${owner ?? 'nobody'}`,
    {
      hint: 'If another run hangs while it publishes into the same outputs folder, end it; then run again.',
      retryable: true,
    },
  );
}
