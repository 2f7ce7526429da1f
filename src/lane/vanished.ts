import { TidemarkError } from '../core/errors.js';

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
