import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const cache = new URL('../../.cache/', import.meta.url).pathname;

export interface PythonEnvironment {
  /** Folder of `python` and `pip`; undefined where the environment cannot be had. */
  readonly bin: string | undefined;
  /** Why not. */
  readonly reason: string;
}

/**
 * A Python virtual environment under .cache that holds exactly `requirements` (pinned), made on first use. Where there is no
 * Python 3 or no way to the packages, the reason says so, and tests that need it skip.
 */
export async function pythonEnvironment(name: string, requirements: readonly string[]): Promise<PythonEnvironment> {
  const folder = join(cache, `venv-${name}`);
  const bin = join(folder, 'bin');
  const stamp = join(folder, '.requirements');
  const wanted = createHash('sha256').update(requirements.join('\n')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { bin, reason: '' };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const options = { stdin: 'ignore', reject: false, timeout: 300_000 } as const;
  const made = await execa('python3', ['-m', 'venv', folder], options);
  if (made.failed) return { bin: undefined, reason: `no python3 with venv: ${made.shortMessage}` };
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1', '--only-binary', ':all:'];
  const pip = await execa(join(bin, 'pip'), ['install', ...flags, ...requirements], options);
  if (pip.failed) return { bin: undefined, reason: `pip: ${pip.stderr.slice(-300)}` };
  writeFileSync(stamp, wanted);
  return { bin, reason: '' };
}
