import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import type * as Program from '../../src/cli/program.js';
import type { TidemarkError } from '../../src/core/errors.js';
import type * as Options from '../../src/snapshot/options.js';
import type * as Story from '../../src/snapshot/snapshot.js';

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

/** Modules as they are built: lanes are threads, which run what was built. */
const built = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
const { parseArguments } = await built<typeof Program>('cli/program.js');
const { readOptions, resolvePlan } = await built<typeof Options>('snapshot/options.js');
const { runSnapshot } = await built<typeof Story>('snapshot/snapshot.js');

/**
 * What `snapshot --json` would print, after a run that must have succeeded: words, files and variables are read as the command
 * line reads them, but in this process, which has no new one to start.
 */
export async function snapshotJson(args: readonly string[], options: CliOptions = {}): Promise<Snapshot> {
  const context = {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...options.env },
    cwd: options.cwd ?? tmpdir(),
    home: tmpdir(),
    now: new Date(),
    random: Math.random,
  };
  try {
    const { flags, argument: configFile } = parseArguments(['snapshot', '--json', ...args], '0')!;
    const plan = await resolvePlan(await readOptions({ flags, configFile }, context), context);
    const result = await runSnapshot(plan, { signal: new AbortController().signal });
    return JSON.parse(JSON.stringify(result)) as Snapshot;
  } catch (error) {
    const { exitCode, message, hint } = error as TidemarkError;
    throw new Error(`snapshot exited with ${exitCode}: error: ${message}\nhint: ${hint}`, { cause: error });
  }
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
