import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../core/errors.js';
import type { Account } from './account.js';
import { type Supervision, supervisor } from './supervisor.js';

export interface Launch {
  /** As messages name the server. */
  readonly name: string;
  readonly folder: string;
  /** Whether the folder goes when the server does. */
  readonly temporary: boolean;
  readonly supervision: Supervision;
  readonly account: Account | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** The process of a server that takes connections; until then undefined. */
  pid(): Promise<number | undefined>;
}

export interface Supervised {
  /** The server's own process. */
  readonly pid: number;
  /** Ends connections in order, and the server. Safe to call again. */
  stop(): Promise<void>;
  /** Ends the server at once, as a crash would: connections break, nothing is flushed. */
  kill(): Promise<void>;
}

type Supervisor = ChildProcess & { readonly stdin: Writable; readonly stderr: Readable };

/**
 * Starts a server that ends with `stop()`, and no later than this process ends, however that happens.
 * @throws source.unreachable when it does not start
 */
export async function supervise(launch: Launch): Promise<Supervised> {
  const { folder, temporary, supervision, account, env } = launch;
  const words = ['-c', supervisor(supervision), 'tidemark-server', folder, temporary ? 'remove' : 'keep'];
  const child = spawn('/bin/sh', words, {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...env },
    ...account,
  }) as Supervisor;
  const pid = await ready(child, launch).catch(async (error: unknown) => {
    child.stdin.destroy();
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  });
  // The pipe and the child do not keep this process running: when it ends, the pipe closes, and so does the server.
  for (const handle of [child, child.stdin, child.stderr] as { unref?(): void }[]) handle.unref?.();

  const end = async (how: () => void) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    how();
    await once(child, 'exit');
  };
  return {
    pid,
    stop: () => end(() => child.stdin.end()),
    kill: () => end(() => process.kill(pid, `SIG${supervision.force}`)),
  };
}

async function ready(child: Supervisor, { name, folder, pid }: Launch): Promise<number> {
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  let failed: unknown;
  child.once('error', (error) => (failed = error));
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(15)) {
    const found = await pid();
    if (found !== undefined) return found;
    if (failed !== undefined || child.exitCode !== null || child.signalCode !== null) break;
  }
  throw new TidemarkError('source.unreachable', `${name} did not start: ${complaint.trim().slice(-2000)}`, {
    hint: `Its folder was ${folder}.`,
    cause: failed,
  });
}
