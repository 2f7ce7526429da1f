// The command line with all that it needs, vendors' SDKs too, as a folder that runs with Node alone: what the Python package and the image hold.
//
//     node scripts/bundle.mjs FOLDER                 for this platform
//     node scripts/bundle.mjs FOLDER --all           for all platforms that a package may be installed on
//
// What is not JavaScript (native code, WebAssembly) lies beside it as packages.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  bundledPackages,
  bundlePrograms,
  licencesOf,
  packageIn,
  programs,
  root,
  tool,
  unbundled,
} from './programs.mjs';

const [to, ...flags] = process.argv.slice(2);
if (to === undefined) throw new Error('node scripts/bundle.mjs FOLDER [--all]');
const folder = resolve(to);

/** Where the tool is installed: Node's platforms, as the native parts of snappy name them. */
const platforms = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const metafile = await bundlePrograms(folder, { entryNames: '[name]' });

for (const [name, files] of Object.entries(unbundled)) for (const file of files) copied(name, file);
for (const name of flags.includes('--all') ? platforms.map((one) => `@napi-rs/snappy-${one}`) : installedNatives())
  native(name);
writePackage();
// What does not even begin is no bundle.
run(process.execPath, [join(folder, 'main.js'), 'snapshot', '--help']);
const packages = [
  ...bundledPackages(metafile),
  ...Object.keys(unbundled).map((name) => join(root, 'node_modules', name)),
];
writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(packages));
console.log(`${readdirSync(folder).length} files of ${packages.length} packages in ${folder}`);

function copied(name, file) {
  cpSync(join(root, 'node_modules', name, file), join(folder, 'node_modules', name, file), { recursive: true });
}

function installedNatives() {
  return readdirSync(join(root, 'node_modules/@napi-rs')).map((name) => `@napi-rs/${name}`);
}

/** A native part, from the registry where it is of another platform. Its version is the one that the lock file names. */
function native(name) {
  if (installedNatives().includes(name)) {
    for (const file of readdirSync(join(root, 'node_modules', name))) copied(name, file);
    return;
  }
  const version = packageIn(join(root, 'node_modules/snappy')).optionalDependencies[name];
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { integrity } = packages[`node_modules/${name}`];
  const temporary = mkdtempSync(join(tmpdir(), 'tidemark-bundle-'));
  const told = run('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', temporary]);
  const [packed] = JSON.parse(told);
  if (packed.integrity !== integrity) throw new Error(`${name}@${version} is not what the lock file names`);
  const own = join(folder, 'node_modules', name);
  mkdirSync(own, { recursive: true });
  run('tar', ['-xzf', join(temporary, packed.filename), '-C', own, '--strip-components=1']);
  rmSync(temporary, { recursive: true });
}

function run(command, words) {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

function writePackage() {
  const { name, version, license, engines } = tool;
  const own = { name, version, license, type: 'module', private: true, engines, bin: './main.js' };
  const imports = Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, `./${basename(file)}`]));
  const text = JSON.stringify({ ...own, imports: { '#package': './package.json', ...imports } }, null, 2);
  writeFileSync(join(folder, 'package.json'), text);
}
