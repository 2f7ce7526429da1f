import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

export interface CliOptions {
  readonly cwd?: string;
  /** Added to an environment that holds PATH and an empty HOME, nothing else. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The node to run with; default: the one that runs the tests. */
  readonly node?: string;
  /** Where a shell is to send its output: `> /dev/full`. */
  readonly redirect?: string;
  /** Milliseconds; default 60,000. */
  readonly timeout?: number;
  /** Called with the running process. */
  readonly onSpawn?: (child: { readonly pid: number; kill(signal: NodeJS.Signals): boolean }) => void;
}

export interface CliRun {
  /** Exit code, or undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a user would. Never throws for an exit code. */
export async function tidemark(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const command = [options.node ?? process.execPath, main, ...args];
  const shell = ['/bin/sh', '-c', `exec "$@" ${options.redirect}`, 'sh', ...command];
  const [program = '', ...words] = options.redirect === undefined ? command : shell;
  const running = execa(program, words, {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'], HOME: emptyFolder('home'), ...options.env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: options.timeout ?? 60_000,
  });
  const { pid } = running;
  if (pid !== undefined) options.onSpawn?.({ pid, kill: (signal) => running.kill(signal) });
  const { exitCode, signal, stdout, stderr, timedOut } = await running;
  if (timedOut) throw new Error(`tidemark ${args.join(' ')} hung: ${stdout}\n${stderr}`);
  return { code: exitCode, signal, stdout, stderr };
}

/** What `snapshot --json` printed, after a run that must have succeeded. */
export async function snapshotJson(args: readonly string[], options: CliOptions = {}): Promise<Snapshot> {
  const { code, stdout, stderr } = await tidemark(['snapshot', '--json', ...args], options);
  if (code !== 0) throw new Error(`snapshot exited with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Snapshot;
}

/** The documented part of what `snapshot --json` prints. */
export interface Version {
  readonly part?: string;
  readonly version: string;
  readonly id: string;
  readonly digest: string;
  readonly rows: number;
  readonly bytes: number;
  readonly shards: readonly { path: string; rows: number; bytes: number; sha256: string }[];
  readonly location: string;
}

export interface Snapshot extends Version {
  readonly status: string;
  readonly versions: readonly Version[];
  readonly splits: Readonly<Record<string, { readonly rows: number; readonly digest: string }>>;
  readonly seconds: number;
  readonly warnings: readonly string[];
}

const made: string[] = [];

/** A new temporary folder, which goes when the file's tests are done. */
export function emptyFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tidemark-test-${name}-`));
  made.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
