import { writeSync } from 'node:fs';
import { TidemarkError } from '../core/errors.js';
import { tolerate } from '../machine/failure.js';
import type { Invocation } from './command.js';

/** Docker and most schedulers kill ten seconds after they asked: cleaning up must have ended before. */
const cleanupMilliseconds = 8_000;

const signals = {
  SIGINT: 'interrupted.sigint',
  SIGTERM: 'interrupted.sigterm',
  SIGHUP: 'interrupted.sigterm',
} as const;
type Interrupt = keyof typeof signals;

/** What an interruption leaves behind. Commands that write nothing leave nothing. */
const hints: Partial<Record<Invocation['command'], string>> = {
  snapshot: 'Nothing of this run stays. Run the same command again to start over.',
  compact: 'Nothing of this run stays. Run the same command again to start over.',
  demo: 'Run the same command again to start over.',
};

/**
 * An abort signal that the first SIGINT, SIGTERM or SIGHUP fires; its reason is the error to end with. A second one, or
 * a cleanup that hangs, ends the process at once: what listens to the process's `exit` still runs.
 */
export function listenForInterrupts(command: Invocation['command']): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: Interrupt): void => {
    const error = new TidemarkError(signals[signal], `interrupted by ${signal}`, {
      ...(hints[command] !== undefined && { hint: hints[command] }),
    });
    const endNow = (why: string): never => {
      // At once, also where stderr is a pipe: the process will not be there to write it later.
      tolerate(['EAGAIN', 'EPIPE', 'ENOSPC', 'EIO'], () => writeSync(2, `${why}: ended at once\n`));
      return process.exit(error.exitCode);
    };
    if (controller.signal.aborted) endNow(`interrupted again by ${signal}`);
    setTimeout(
      () => endNow(`cleaning up takes longer than ${cleanupMilliseconds / 1000} s`),
      cleanupMilliseconds,
    ).unref();
    controller.abort(error);
  };
  for (const signal of Object.keys(signals) as Interrupt[]) process.on(signal, interrupt);
  return controller.signal;
}
