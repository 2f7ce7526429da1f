import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import { formatBytes } from '../../core/units.js';
import { errno, meaningOf } from '../../machine/failure.js';

interface Reason {
  readonly code: ErrorCode;
  readonly hint: string;
}

const elsewhere = 'Give a folder that this user may write to with --out.';
const aFileIsThere = 'Something else has the name of a folder that is needed. Move it away, or choose another --out.';

/** What the file system's refusals mean to the user. */
const reasons: Readonly<Record<string, Reason>> = {
  ENOSPC: {
    code: 'destination.full',
    hint: 'Free some space, or write to a larger disk with --out. Nothing of this run stays.',
  },
  EDQUOT: {
    code: 'destination.full',
    hint: 'Ask for a larger quota, or write elsewhere with --out. Nothing of this run stays.',
  },
  EFBIG: {
    code: 'destination.full',
    hint: 'Write smaller shards with --shard-size, or raise the limit on file sizes (ulimit -f).',
  },
  EACCES: { code: 'destination.denied', hint: elsewhere },
  EPERM: { code: 'destination.denied', hint: elsewhere },
  EROFS: { code: 'destination.denied', hint: elsewhere },
  ENOTDIR: { code: 'destination.denied', hint: aFileIsThere },
  EISDIR: { code: 'destination.denied', hint: aFileIsThere },
  ELOOP: { code: 'destination.denied', hint: elsewhere },
  ENAMETOOLONG: {
    code: 'destination.denied',
    hint: 'Choose shorter names for the dataset, the version and the shards.',
  },
  EINVAL: {
    code: 'destination.denied',
    hint: 'Use letters, digits, dots, hyphens and underscores in the names of dataset, version and shards.',
  },
  EXDEV: {
    code: 'destination.denied',
    hint: 'A version appears by one rename, which cannot cross file systems. Give the real location with --out, or remove the link or mount.',
  },
};

const otherwise: Reason = {
  code: 'destination.io',
  hint: 'Look at the state of that disk or mount, then run again: nothing of this run stays.',
};

/**
 * A file system's error as one of the destination's. `doing` completes "cannot …"; `written` is how many bytes the file
 * already held.
 */
export function destinationFailure(thrown: unknown, doing: string, path: string, written?: number): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const code = errno(thrown);
  if (code === undefined) return TidemarkError.from(thrown);
  const reason = reasons[code] ?? otherwise;
  const progress = written === undefined ? '' : `, after ${formatBytes(written)} of it`;
  return new TidemarkError(reason.code, `cannot ${doing} ${path}: ${meaningOf(thrown)}${progress}`, {
    hint: reason.hint,
    cause: thrown,
  });
}

/** Runs `action`; what the file system throws comes out as {@link destinationFailure}. */
export function asDestinationFailure<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw destinationFailure(thrown, doing, path);
  }
}
