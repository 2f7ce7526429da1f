import { TidemarkError } from '../core/errors.js';
import { errno, meaningOf, meansFull } from '../machine/failure.js';

const planTells = '`tidemark plan` says how much a run may need.';

/** Runs `action`; what the file system throws comes out as scratch.full or scratch.io. `doing` completes "cannot …". */
export function asScratchFailure<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (errno(cause) === undefined) throw cause;
    const full = meansFull(cause);
    throw new TidemarkError(
      full ? 'scratch.full' : 'scratch.io',
      `cannot ${doing} ${path} for scratch data: ${meaningOf(cause)}`,
      {
        cause,
        hint: full
          ? `Give a folder on a disk with room with --scratch. ${planTells}`
          : `Give another folder with --scratch: one on a local disk that this user may write to. ${planTells}`,
      },
    );
  }
}
