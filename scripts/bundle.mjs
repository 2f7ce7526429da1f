// The command line with all that it needs, vendors' SDKs too, as a folder that runs with Node alone: what the Python package and the image hold.
//
//     node scripts/bundle.mjs FOLDER                 for this platform
//     node scripts/bundle.mjs FOLDER --all           for all platforms that a package may be installed on
//
// Everything is one set of files that share chunks, so that a run loads what it needs alone. What is not JavaScript (native code, WebAssembly) lies
// beside it as packages.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [to, ...flags] = process.argv.slice(2);
if (to === undefined) throw new Error('node scripts/bundle.mjs FOLDER [--all]');
const folder = resolve(to);
const packageIn = (own) => JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
const tool = packageIn(root);

/** Programs that run by themselves, by the names that the package's own imports give them. */
const programs = Object.entries(tool.imports).filter(([, path]) => path.startsWith('./dist/'));

/** Packages that stay as they are, and the files of them that are needed. */
const beside = {
  snappy: ['.'],
  '@bokuweb/zstd-wasm': ['package.json', 'dist', 'README.md'],
  'parquet-wasm': ['package.json', 'node', 'LICENSE_MIT', 'LICENSE_APACHE'],
};
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
/** Never there, and looked for by packages that can do without. */
const absent = ['pg-native', 'cpu-features'];

/**
 * A package of the older kind that is loaded when it is needed gives its exports by their names, as Node sees them: the bundler knows no names
 * of it.
 */
const namedExports = {
  name: 'named exports',
  setup(building) {
    building.onResolve({ filter: /^[@a-z]/, namespace: 'file' }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'asked' || isExternal(path)) return undefined;
      const { path: file } = await building.resolve(path, { kind, resolveDir, pluginData: 'asked' });
      const found = await import(pathToFileURL(file).href).catch(() => undefined);
      const names = Object.keys(found ?? {}).filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name));
      const isOlder = found?.default !== undefined && names.length > 0 && names.every((name) => name in found.default);
      return isOlder ? { path: `${path}.mjs`, namespace: 'named', pluginData: { path, names, resolveDir } } : undefined;
    });
    building.onLoad({ filter: /./, namespace: 'named' }, ({ pluginData: { path, names, resolveDir } }) => ({
      contents: `import all from ${JSON.stringify(path)}; export default all; export const { ${names.join(', ')} } = all;`,
      resolveDir,
    }));
  },
};
const isExternal = (path) =>
  [...Object.keys(beside), ...absent].some((name) => path === name || path.startsWith(`${name}/`));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { metafile } = await build({
  entryPoints: programs.map(([, path]) => join(root, path)),
  entryNames: '[name]',
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', outdir: folder },
  ...{
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    keepNames: true,
    metafile: true,
    logLevel: 'warning',
  },
  external: [...Object.keys(beside), ...absent],
  plugins: [namedExports],
  // Packages of the older kind look for these; no other name of a program begins like the ones here.
  banner: {
    js: `import { createRequire as $createRequire } from 'node:module'; import { dirname as $dirname } from 'node:path'; import { fileURLToPath as $fileURLToPath } from 'node:url';
const require = $createRequire(import.meta.url), __filename = $fileURLToPath(import.meta.url), __dirname = $dirname(__filename);`,
  },
});

for (const [name, files] of Object.entries(beside)) for (const file of files) copied(name, file);
for (const name of flags.includes('--all') ? platforms.map((one) => `@napi-rs/snappy-${one}`) : installedNatives())
  native(name);
writePackage();
// What does not even begin is no bundle.
run(process.execPath, [join(folder, 'main.js'), 'snapshot', '--help']);
const packages = [...bundled(), ...Object.keys(beside).map((name) => join(root, 'node_modules', name))];
writeLicences(packages);
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
  const imports = Object.fromEntries(programs.map(([key, path]) => [key, `./${basename(path)}`]));
  const text = JSON.stringify({ ...own, imports: { '#package': './package.json', ...imports } }, null, 2);
  writeFileSync(join(folder, 'package.json'), text);
}

/** The folders of packages that the files are made of: some are there in several versions. */
function bundled() {
  const folders = Object.keys(metafile.inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((own) => own !== undefined))].map((own) => resolve(own));
}

/** What their authors want to be said. */
function writeLicences(folders) {
  const texts = folders.map((own) => {
    const { name, version, license } = packageIn(own);
    const files = readdirSync(own).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const text = files.map((file) => readFileSync(join(own, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version}: ${license ?? 'see below'}\n\n${text}`.trim();
  });
  writeFileSync(join(folder, 'LICENSES.txt'), `${texts.sort().join(`\n\n${'-'.repeat(100)}\n\n`)}\n`);
}
