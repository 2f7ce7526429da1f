import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TidemarkError } from '../../core/errors.js';

const mostAttempts = 1000;

/**
 * Makes a folder that was not there before: the one that is asked for, or, where an earlier demo has left its files, the
 * same name with a number.
 * @throws destination.denied, destination.io
 */
export async function freshFolder(wanted: string): Promise<string> {
  const path = resolve(wanted);
  await mkdir(resolve(path, '..'), { recursive: true }).catch(refuse(path));
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const candidate = attempt === 1 ? path : `${path}-${attempt}`;
    const made = await mkdir(candidate).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : refuse(candidate)(error)),
    );
    if (made) return candidate;
  }
  throw new TidemarkError('destination.io', `${path} and ${mostAttempts - 1} folders after it are there already`, {
    hint: 'Remove the folders of earlier demos, or name another one with --out.',
  });
}

function refuse(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const denied = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
    throw new TidemarkError(denied ? 'destination.denied' : 'destination.io', `cannot make ${path}: ${error.message}`, {
      hint: 'Name a folder that you may write to with --out.',
      cause: error,
    });
  };
}
