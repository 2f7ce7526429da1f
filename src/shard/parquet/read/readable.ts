import { TidemarkError } from '../../../core/errors.js';
import { fetchAgain } from '../../../core/naming-file.js';

/** What a reader throws over bytes that it cannot read. @throws verification.failed */
export async function readable<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('verification.failed', `the Parquet file cannot be read: ${text}`, {
      cause,
      hint: fetchAgain,
    });
  }
}
