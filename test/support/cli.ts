import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import pc from 'picocolors';
import type { CommandFunction } from '../../src/cli/command.js';
import type * as Failure from '../../src/cli/failure.js';
import type * as Flags from '../../src/cli/flags.js';
import type * as PlanCommand from '../../src/cli/plan.js';
import type * as Program from '../../src/cli/program.js';
import type * as Secrets from '../../src/cli/secrets.js';
import type * as ShowCommand from '../../src/cli/show.js';
import type * as SnapshotCommand from '../../src/cli/snapshot.js';
import type { Terminal } from '../../src/cli/terminal.js';
import type * as VerifyCommand from '../../src/cli/verify.js';
import type * as Options from '../../src/snapshot/options.js';
import type { OptionContext } from '../../src/snapshot/options.js';

/** What is run: of a build, unless another program is to be tried (`scripts/bundle.mjs`). */
const main = process.env['TIDEMARK_TEST_PROGRAM'] ?? new URL('../../dist/cli/main.js', import.meta.url).pathname;

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
const commands: Readonly<Record<string, () => Promise<CommandFunction>>> = {
  snapshot: async () => (await built<typeof SnapshotCommand>('cli/snapshot.js')).snapshotCommand,
  plan: async () => (await built<typeof PlanCommand>('cli/plan.js')).planCommand,
  verify: async () => (await built<typeof VerifyCommand>('cli/verify.js')).verifyCommand,
  show: async () => (await built<typeof ShowCommand>('cli/show.js')).showCommand,
};

/**
 * Runs the same commands in this process, which has no other one to start: words, files and variables are read, and texts
 * printed, as the command line does it. What is about the process itself belongs to {@link tidemark}.
 */
export async function tidemarkHere(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  if (options.node !== undefined || options.redirect !== undefined || options.onSpawn !== undefined) {
    return tidemark(args, options);
  }
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), ...options.env };
  const context = { env, cwd: options.cwd ?? tmpdir(), home: tmpdir(), now: new Date(), random: Math.random };
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    ...{ json: args.includes('--json'), quiet: args.includes('--quiet'), live: false },
    ...{ colors: pc.createColors(false), noteColors: pc.createColors(false) },
    print: (line) => void stdout.push(line),
    note: (line) => void (args.includes('--quiet') || stderr.push(line)),
    alert: (line) => void stderr.push(line),
  };
  const code = await runHere(args, terminal, context);
  return { code, signal: undefined, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}

async function runHere(args: readonly string[], terminal: Terminal, context: OptionContext): Promise<number> {
  // Not before they are needed: most test files run no command.
  const { parseArguments } = await built<typeof Program>('cli/program.js');
  const { reportFailure } = await built<typeof Failure>('cli/failure.js');
  const { knownSecrets } = await built<typeof Secrets>('cli/secrets.js');
  const { readOptions } = await built<typeof Options>('snapshot/options.js');
  const { outputKeys } = await built<typeof Flags>('cli/flags.js');
  try {
    const invocation = parseArguments(args, '0')!;
    const { command, flags, argument } = invocation;
    const reads = command === 'snapshot' || command === 'plan';
    const given = reads ? { flags, configFile: argument } : { flags, configFile: false as const, only: outputKeys };
    const options = await readOptions(given, context);
    const run = await commands[command]!();
    return await run({ invocation, options, context, terminal, signal: new AbortController().signal });
  } catch (thrown) {
    const secrets = knownSecrets(args, context.env);
    return reportFailure(thrown, terminal, { secrets, unnamedFile: undefined });
  }
}

/** What `snapshot --json` printed, after a run that must have succeeded. */
export async function snapshotJson(args: readonly string[], options: CliOptions = {}): Promise<Snapshot> {
  const { code, stdout, stderr } = await tidemarkHere(['snapshot', '--json', ...args], options);
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
