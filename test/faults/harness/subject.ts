import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** One call, or all from one on, that goes wrong: see faults.mjs. */
export interface Fault {
  readonly kind: string;
  /** Which call, from 1. */
  readonly at: number;
  /** Each later call, too. */
  readonly always: boolean;
  /** How much faster time goes by for what waits on purpose. */
  readonly faster: number;
}

/** How a run ended, and what it left behind in its process. */
export interface FaultyRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Calls of the kind. */
  readonly calls: number;
  /** How many of them went wrong. */
  readonly met: number;
  /** Files, sockets and threads that are still there. */
  readonly left: readonly string[];
  /** Errors that nobody took. */
  readonly unhandled: readonly string[];
}

/** What a run may take, in milliseconds, before it counts as hanging. */
const patience = 60_000;

/** A process that runs commands with faults, started anew after one that hangs or dies. */
export class Subject {
  private child: ChildProcess | undefined;

  /**
   * @param root folder of everything that runs write; files count below it alone
   * @param env of all runs
   */
  constructor(
    private readonly root: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  async run(args: readonly string[], env: Readonly<Record<string, string>>, fault: Fault): Promise<FaultyRun> {
    const child = (this.child ??= await this.start());
    child.send({ args, env, fault });
    const ended = new AbortController();
    const signal = AbortSignal.any([AbortSignal.timeout(patience), ended.signal]);
    const answer = await Promise.race([
      once(child, 'message', { signal }).then(([told]) => told as FaultyRun),
      once(child, 'exit', { signal }).then(([code, by]) => `the process ended: ${String(code ?? by)}`),
    ]).catch(() => 'the run hangs');
    ended.abort();
    if (typeof answer !== 'string') return answer;
    await this.stop();
    return { ...{ code: -1, stdout: '', stderr: answer, calls: 0, met: 1 }, left: [], unhandled: [answer] };
  }

  /** Resolves when the process has gone. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private async start(): Promise<ChildProcess> {
    const preload = new URL('inject.mjs', import.meta.url).href;
    const child = fork(new URL('subject.mjs', import.meta.url).pathname, [], {
      env: {
        ...{ PATH: process.env['PATH'], HOME: this.root, TMPDIR: this.root, TIDEMARK_FAULT_ROOT: this.root },
        ...{ NODE_OPTIONS: `--import=${preload}`, ...this.env },
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  }
}
