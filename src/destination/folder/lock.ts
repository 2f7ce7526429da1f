import { join } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import { errno, tolerate } from '../../machine/failure.js';
import { removeIfEmpty } from '../../machine/folders.js';
import { asDestinationFailure, destinationFailure } from './failure.js';
import { lockName, type Outputs, stagingRoot } from './layout.js';
import { type Workspace, staleAfter } from './workspace.js';

/** What a rename onto a folder that is not empty gives, on one system or another. */
const heldByAnother = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY'];

/**
 * One run at a time publishes into an outputs folder. The lock is a folder that holds one file, named by its owner. It
 * is taken by renaming a prepared folder onto it, which succeeds only where there is none or an empty one. So a dead
 * owner's lock is broken by removing *that owner's* file, and no race can remove the lock of a living one.
 */
export async function takeLock(workspace: Workspace, signal?: AbortSignal): Promise<() => void> {
  const { fs, clock, out } = workspace.outputs;
  const lock = join(out, lockName);
  const prepared = join(workspace.root, 'lock');
  asDestinationFailure('prepare the lock', prepared, () => {
    tolerate(['EEXIST'], () => fs.mkdirSync(prepared));
    fs.writeFileSync(join(prepared, workspace.run), '');
  });
  const patience = clock.now() + staleAfter;
  for (;;) {
    signal?.throwIfAborted();
    if (rename(workspace.outputs, { prepared, lock, run: workspace.run })) {
      return () => releaseLock(workspace.outputs, workspace.run);
    }
    const owner = asDestinationFailure('look at the lock', lock, () => breakLockOfTheDead(workspace));
    if (clock.now() > patience) throw heldTooLong(lock, owner);
    await clock.sleep(owner === undefined ? 1 : 10 + Math.random() * 30);
  }
}

function rename({ fs }: Outputs, { prepared, lock, run }: { prepared: string; lock: string; run: string }): boolean {
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
  const { fs, out } = workspace.outputs;
  const lock = join(out, lockName);
  // What is in the place of the lock, a link to a folder perhaps, may hold anybody's files.
  const isOurs = tolerate(['ENOENT'], () => fs.lstatSync(lock))?.isDirectory() ?? false;
  const owners = isOurs ? (tolerate(['ENOENT'], () => fs.readdirSync(lock)) ?? []) : [];
  for (const owner of owners) {
    if (workspace.standingOf(stagingRoot(out, owner)) === 'living') return owner;
    tolerate(['ENOENT'], () => fs.unlinkSync(join(lock, owner)));
  }
  removeIfEmpty(fs, lock);
  return undefined;
}

/** Lets go of the lock if this run holds it. */
export function releaseLock({ fs, out }: Outputs, run: string): void {
  const lock = join(out, lockName);
  try {
    fs.unlinkSync(join(lock, run));
    removeIfEmpty(fs, lock);
  } catch {
    // Not held; or it stays until this run's staging folder has gone, and is broken by the next run then. What has been
    // published stays published: that is no failure of the run.
  }
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
