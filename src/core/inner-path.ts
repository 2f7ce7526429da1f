import { posix } from 'node:path';
import { TidemarkError } from './errors.js';

/** Whether it is a relative path of a file, written plainly, that leads nowhere else. */
export function isInside(path: string): boolean {
  const plain = path !== '' && !/[\\\0]/.test(path) && !posix.isAbsolute(path) && posix.normalize(path) === path;
  return plain && path !== '.' && !path.split('/').includes('..');
}

/** Refuses file names that would leave the version's folder. @throws internal.bug */
export function assertInside(path: string): void {
  if (isInside(path)) return;
  throw new TidemarkError('internal.bug', `"${path}" is not a relative path of a file inside the version's folder`);
}
