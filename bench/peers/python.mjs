// The Python environment of the contenders that live there: .cache/venv-bench, made when it is first needed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.cache', 'venv-bench');
export const python = join(folder, 'bin', 'python');

/** Reasons why packages could not be installed, so that one that is missing is asked for once in a run. */
const failures = new Map();

/**
 * A contender that is a Python program beside its description. `packages` are pinned requirements; they are installed when the
 * environment does not have them. The program gets the job as JSON, as its only argument.
 */
export function pythonPeer({ packages, program, environment = () => ({}), ...peer }) {
  const file = fileURLToPath(new URL(program, import.meta.url));
  return {
    ...peer,
    packages,
    available: ({ say }) => install(packages, say),
    command: (job) => ({ argv: [python, file, JSON.stringify(job)], env: environment(job) }),
  };
}

/** Installs pinned packages where they are not yet. Gives the reason when that fails. */
export function install(packages, say) {
  const key = packages.join(' ');
  if (!failures.has(key)) failures.set(key, tryInstall(packages, say));
  return failures.get(key);
}

function tryInstall(packages, say) {
  if (!existsSync(python)) {
    const made = run('python3', '-m', 'venv', folder);
    if (made) return `no Python environment: ${made}`;
  }
  const done = join(folder, 'installed');
  mkdirSync(done, { recursive: true });
  for (const requirement of packages) {
    const mark = join(done, requirement);
    if (existsSync(mark)) continue;
    say(`installing ${requirement}`);
    const failed = run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement);
    if (failed) return `${requirement} cannot be installed: ${failed}`;
    writeFileSync(mark, '');
  }
  return undefined;
}

function run(...argv) {
  const { status, error, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: 300_000 });
  if (status === 0) return undefined;
  const words = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  // No address of a registry in what is kept.
  return words.replaceAll(/https?:\/\/\S+/g, '…').slice(0, 160);
}
