import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Identity, systemProcesses } from '../../src/machine/processes.js';

const cache = new URL('../../.cache/', import.meta.url).pathname;

export interface PythonEnvironment {
  /** Folder of `python` and `pip`; undefined where the environment cannot be had. */
  readonly bin: string | undefined;
  /** Why not. */
  readonly reason: string;
}

export interface PythonProgram {
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A Python virtual environment under .cache that holds exactly `requirements` (pinned), made on first use, by one test process
 * alone. Where there is no Python 3 or no way to the packages, the reason says so, and tests that need it skip.
 * @param python another program than `python3`, with the variables that it is to be started with
 */
export function pythonEnvironment(
  name: string,
  requirements: readonly string[],
  python: PythonProgram = { command: 'python3' },
): Promise<PythonEnvironment> {
  const folder = join(cache, `venv-${name}`);
  return alone(`${folder}.lock`, () => made(folder, requirements, python));
}

/** A Python of a certain version: one of pyenv where it is there, or what has its name on the PATH. */
export async function pythonOf(version: string): Promise<PythonProgram> {
  const { stdout = '' } = await execa('pyenv', ['versions', '--bare'], { reject: false, stdin: 'ignore' });
  const own = stdout.split('\n').find((one) => one.trim().startsWith(`${version}.`));
  return { command: `python${version}`, ...(own !== undefined && { env: { PYENV_VERSION: own.trim() } }) };
}

async function made(
  folder: string,
  requirements: readonly string[],
  { command, env = {} }: PythonProgram,
): Promise<PythonEnvironment> {
  const bin = join(folder, 'bin');
  const stamp = join(folder, '.requirements');
  const wanted = createHash('sha256').update(requirements.join('\n')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { bin, reason: '' };
  rmSync(folder, { recursive: true, force: true });
  const options = { stdin: 'ignore', reject: false, timeout: 300_000 } as const;
  const venv = await execa(command, ['-m', 'venv', folder], { ...options, env });
  if (venv.failed) return { bin: undefined, reason: `no ${command} with venv: ${venv.shortMessage}` };
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1', '--only-binary', ':all:'];
  const pip = await execa(join(bin, 'pip'), ['install', ...flags, ...requirements], options);
  if (pip.failed) return { bin: undefined, reason: `pip: ${pip.stderr.slice(-300)}` };
  writeFileSync(stamp, wanted);
  return { bin, reason: '' };
}

/** Does what one process at a time may do; one that has ended keeps nobody waiting. */
export async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const giveUp = Date.now() + 300_000;
  for (;;) {
    try {
      writeFileSync(lock, JSON.stringify(systemProcesses.own()), { flag: 'wx' });
      break;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      if (isOfTheDead(lock)) rmSync(lock, { force: true });
      else await sleep(200);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A lock that is just being taken, or let go, says nothing. */
function isOfTheDead(lock: string): boolean {
  try {
    return systemProcesses.liveness(JSON.parse(readFileSync(lock, 'utf8')) as Identity) === 'dead';
  } catch {
    return false;
  }
}
