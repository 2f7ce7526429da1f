import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { tidemark } from '../support/cli.js';

/** What came of a run: the status of what was made, the code of an error, or the signal that ended it. */
export interface Outcome {
  readonly outcome: string;
  /** Where the version is, if one was made. */
  readonly location?: string;
  /** What the run said of it. */
  readonly told?: string;
}

/** What a client that lives on holds after a run: bytes, and descriptors of files and sockets. */
export interface Held {
  readonly rss: number;
  readonly held: number;
  readonly handles: number;
}

/** A client in one process, which makes increment after increment. */
export interface LastingClient {
  next(version: string): Promise<Outcome & Held>;
  stop(): void;
}

export function startLasting(options: Readonly<Record<string, unknown>>): LastingClient {
  const program = new URL('./lasting.mjs', import.meta.url).pathname;
  const child = fork(program, [JSON.stringify(options)], { execArgv: ['--expose-gc'] });
  return {
    async next(version) {
      child.send(version);
      const answered = new AbortController();
      const { signal } = answered;
      const [told] = (await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(([code, killedBy]) => {
          throw new Error(`the lasting client ended: ${String(code ?? killedBy)}`);
        }),
      ])) as [Outcome & Held];
      answered.abort();
      return told;
    },
    stop: () => void child.kill(),
  };
}

interface Said {
  readonly status?: string;
  readonly code?: string;
  readonly location?: string;
}

/** Makes one increment in a process of its own. @param killAfter milliseconds until it is killed; undefined: it is left alone */
export async function runOnce(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  killAfter?: number,
): Promise<Outcome> {
  const run = await tidemark(['snapshot', ...words, '--json'], {
    env,
    timeout: 300_000,
    onSpawn(child) {
      if (killAfter !== undefined)
        void sleep(killAfter).then(() => child.kill(killAfter % 2 === 0 ? 'SIGKILL' : 'SIGTERM'));
    },
  });
  if (run.signal !== undefined) return { outcome: run.signal };
  const { status, code, location } = JSON.parse(run.stdout || '{}') as Said;
  return {
    outcome: code ?? status ?? `exit ${run.code}`,
    told: run.stderr,
    ...(location !== undefined && { location }),
  };
}
