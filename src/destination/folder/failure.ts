import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import { formatBytes } from '../../core/units.js';

interface Reason {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint: string;
}

const elsewhere = 'Give a folder that this user may write to with --out.';
const aFileIsThere = 'Something else has the name of a folder that is needed. Move it away, or choose another --out.';

/** What the file system's refusals mean to the user. */
const reasons: Readonly<Record<string, Reason>> = {
  ENOSPC: {
    code: 'destination.full',
    words: 'no space left',
    hint: 'Free some space, or write to a larger disk with --out. Nothing of this run stays.',
  },
  EDQUOT: {
    code: 'destination.full',
    words: 'the disk quota is used up',
    hint: 'Ask for a larger quota, or write elsewhere with --out. Nothing of this run stays.',
  },
  EFBIG: {
    code: 'destination.full',
    words: 'the file would be larger than is allowed here',
    hint: 'Write smaller shards with --shard-size, or raise the limit on file sizes (ulimit -f).',
  },
  EACCES: { code: 'destination.denied', words: 'permission denied', hint: elsewhere },
  EPERM: { code: 'destination.denied', words: 'operation not permitted', hint: elsewhere },
  EROFS: { code: 'destination.denied', words: 'the file system is read-only', hint: elsewhere },
  ENOTDIR: { code: 'destination.denied', words: 'a part of the path is not a folder', hint: aFileIsThere },
  EISDIR: { code: 'destination.denied', words: 'a folder is in the place of a file', hint: aFileIsThere },
  ELOOP: { code: 'destination.denied', words: 'symbolic links go round in a circle', hint: elsewhere },
  ENAMETOOLONG: {
    code: 'destination.denied',
    words: 'the name is too long for this file system',
    hint: 'Choose shorter names for the dataset, the version and the shards.',
  },
  EINVAL: {
    code: 'destination.denied',
    words: 'the file system does not take this name or operation',
    hint: 'Use letters, digits, dots, hyphens and underscores in the names of dataset, version and shards.',
  },
  EXDEV: {
    code: 'destination.denied',
    words: 'it lies on another file system than the outputs folder',
    hint: 'A version appears by one rename, which cannot cross file systems. Give the real location with --out, or remove the link or mount.',
  },
};

const otherwise: Omit<Reason, 'words'> = {
  code: 'destination.io',
  hint: 'Look at the state of that disk or mount, then run again: nothing of this run stays.',
};

/** The `code` of a file system error: `ENOENT`, … */
export function errno(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/**
 * A file system's error as one of the destination's. `doing` completes "cannot …"; `written` is how many bytes the file
 * already held.
 */
export function destinationFailure(thrown: unknown, doing: string, path: string, written?: number): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const code = errno(thrown);
  if (code === undefined) return TidemarkError.from(thrown);
  const reason = reasons[code] ?? { ...otherwise, words: thrown instanceof Error ? thrown.message : code };
  const progress = written === undefined ? '' : `, after ${formatBytes(written)} of it`;
  return new TidemarkError(reason.code, `cannot ${doing} ${path}: ${reason.words} (${code})${progress}`, {
    hint: reason.hint,
    cause: thrown,
  });
}

/** Runs `action`; what the file system throws comes out as {@link destinationFailure}. */
export function attempt<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw destinationFailure(thrown, doing, path);
  }
}

/** Runs `action` and passes over the file system errors named; gives undefined then. */
export function tolerate<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (thrown) {
    if (codes.includes(errno(thrown) ?? '')) return undefined;
    throw thrown;
  }
}
