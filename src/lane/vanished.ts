import { TidemarkError } from '../core/errors.js';

/**
 * A thread that an error has ended. What reads Parquet files is compiled from Rust, and gives up over bytes that no writer writes: where it
 * waits for more of a file, that ends its thread.
 * @param doing what it did: "read page 1 of orders"
 */
export function brokenThread(doing: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error && thrown.name === 'RuntimeError')) return thrown;
  return new TidemarkError('verification.failed', `the lane that ${doing} cannot read on: the file is damaged`, {
    hint: 'Have its engine write the file again, or fetch it again.',
    cause: thrown,
  });
}

/** A thread that ended by itself, without an error that would say why. `doing` completes "the thread that …". */
export function vanishedThread(doing: string, exitCode: number): TidemarkError {
  return new TidemarkError(
    'internal.bug',
    `the thread that ${doing} ended before it was done (exit code ${exitCode})`,
    {
      hint: 'Nothing was published: run again. If it ends again, please report it with the command that you ran.',
    },
  );
}
