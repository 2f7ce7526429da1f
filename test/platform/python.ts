import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const cache = new URL('../../.cache/', import.meta.url).pathname;

export interface PythonEnvironment {
  /** Folder of `python` and `pip`; undefined where the environment cannot be had. */
  readonly bin: string | undefined;
  /** Why not. */
  readonly reason: string;
}

/**
 * A Python virtual environment under .cache that holds exactly `requirements` (pinned), made on first use, by one test process
 * alone. Where there is no Python 3 or no way to the packages, the reason says so, and tests that need it skip.
 */
export function pythonEnvironment(name: string, requirements: readonly string[]): Promise<PythonEnvironment> {
  const folder = join(cache, `venv-${name}`);
  return alone(`${folder}.lock`, () => made(folder, requirements));
}

async function made(folder: string, requirements: readonly string[]): Promise<PythonEnvironment> {
  const bin = join(folder, 'bin');
  const stamp = join(folder, '.requirements');
  const wanted = createHash('sha256').update(requirements.join('\n')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { bin, reason: '' };
  rmSync(folder, { recursive: true, force: true });
  const options = { stdin: 'ignore', reject: false, timeout: 300_000 } as const;
  const venv = await execa('python3', ['-m', 'venv', folder], options);
  if (venv.failed) return { bin: undefined, reason: `no python3 with venv: ${venv.shortMessage}` };
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1', '--only-binary', ':all:'];
  const pip = await execa(join(bin, 'pip'), ['install', ...flags, ...requirements], options);
  if (pip.failed) return { bin: undefined, reason: `pip: ${pip.stderr.slice(-300)}` };
  writeFileSync(stamp, wanted);
  return { bin, reason: '' };
}

async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const giveUp = Date.now() + 300_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await sleep(200);
    }
  }
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}
