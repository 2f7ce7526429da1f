/** What the file system's refusals mean, in words that complete "cannot … :". */
const meanings: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed here',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EXDEV: 'it lies on another file system',
  EISDIR: 'a folder is in the place of a file',
  ELOOP: 'symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long for this file system',
  EINVAL: 'the file system does not take this name or operation',
};

/** A disk, a quota or a limit that is used up. */
const full = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The `code` of a file system error: `ENOENT`, … */
export function errno(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** A file system error as one part of a sentence, with its code: `permission denied (EACCES)`. */
export function meaningOf(thrown: unknown): string {
  const code = errno(thrown) ?? '';
  const meaning = meanings[code];
  if (meaning !== undefined) return `${meaning} (${code})`;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return words.includes(code) ? words : `${words} (${code})`;
}

export const meansFull = (thrown: unknown): boolean => full.includes(errno(thrown) ?? '');

/** Runs `action` and passes over the file system errors named; gives undefined then. */
export function tolerate<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (thrown) {
    if (codes.includes(errno(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

/** Runs `action`, and says whether it went well: not so where it meets one of the file system errors named. */
export function succeeds(codes: readonly string[], action: () => void): boolean {
  const done = tolerate(codes, () => {
    action();
    return true;
  });
  return done === true;
}
