import { TidemarkError } from '../core/errors.js';

/** What is read of a file, whose failure names the file. @throws verification.failed */
export async function* naming<Read>(path: string, reading: AsyncIterable<Read>): AsyncGenerator<Read> {
  try {
    yield* reading;
  } catch (thrown) {
    if (!(thrown instanceof TidemarkError) || thrown.code !== 'verification.failed') throw thrown;
    throw new TidemarkError(thrown.code, `${path}: ${thrown.message}`, {
      hint: 'Have its engine write it again.',
      cause: thrown,
    });
  }
}
