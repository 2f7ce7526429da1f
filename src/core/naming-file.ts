import { TidemarkError } from './errors.js';

/** What may be done about a file of another engine. */
export const writeAgain = 'Have its engine write it again.';
/** And about one of a version. */
export const fetchAgain = 'Fetch the version again, and verify it.';

/**
 * What is read of a file, whose failure names the file.
 * @param hint what may be done about it
 * @throws verification.failed; memory.exhausted
 */
export async function* namingFile<Read>(
  path: string,
  hint: string,
  reading: AsyncIterable<Read>,
): AsyncGenerator<Read> {
  try {
    yield* reading;
  } catch (thrown) {
    if (!(thrown instanceof TidemarkError)) throw thrown;
    if (thrown.code === 'verification.failed') throw thrown.placedAt(path, hint);
    throw thrown.code === 'memory.exhausted' ? thrown.placedAt(path) : thrown;
  }
}
