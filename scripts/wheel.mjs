// The Python package, with the command line in it for all platforms.
//
//     node scripts/wheel.mjs FOLDER          writes FOLDER/tidemark_data-<version>-py3-none-any.whl
//
// Needs Python 3 with pip, and PyPI for the builder.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [to = '.', ...flags] = process.argv.slice(2);
const python = join(root, 'python');

run(process.execPath, [join(root, 'scripts/bundle.mjs'), join(python, 'src/tidemark/_node'), ...flags]);
run('python3', [
  '-m',
  'pip',
  'wheel',
  '--no-deps',
  '--quiet',
  '--disable-pip-version-check',
  '--wheel-dir',
  resolve(to),
  python,
]);

function run(command, words) {
  const { status, error } = spawnSync(command, words, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? `exit ${status}`}`);
}
