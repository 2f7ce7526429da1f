// Makes a clone ready: installs what package-lock.json says and builds dist, each only where it is needed.
//
//     node scripts/setup.mjs          what building and running takes (73 MB to download)
//     node scripts/setup.mjs demo     and the demo's PostgreSQL server (96 MB in all)
//     node scripts/setup.mjs test     and all servers, readers and linters (298 MB in all)
//
// Plain Node, since it runs before anything is installed. One line a step; never asks anything.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What each purpose needs beside the package itself, as npm's workspaces; a later one has all of the earlier ones. */
const purposes = {
  build: { flags: ['--workspaces=false'], download: '73 MB' },
  demo: { flags: ['--workspaces', '--workspace=fixtures/server', '--include-workspace-root'], download: '96 MB' },
  test: { flags: ['--workspaces', '--include-workspace-root'], download: '298 MB' },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const purpose = process.argv[2] ?? 'build';
if (!(purpose in purposes)) fail(`"${purpose}" is not one of ${Object.keys(purposes).join(', ')}`);

await step(
  'install',
  `npm ci for ${purpose}, up to ${purposes[purpose].download} to download`,
  installed() ? undefined : install,
);
const sources = sourceHash();
await step('build', 'tsc and esbuild', built() ? undefined : build);
if (purpose !== 'build') await prepareServers();

async function step(name, description, work) {
  if (!work) return say(`${name}: up to date`);
  const start = Date.now();
  say(`${name}: ${description}`);
  await work();
  say(`${name}: done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

function say(line) {
  console.error(`setup | ${line}`);
}

/** Whether node_modules is as the last run of this script left it, from the same lock file, for this purpose or a later one. */
function installed() {
  const state = readJson(stateFile());
  if (!state || state.npm !== npmRecord() || state.lock !== hashOf('package-lock.json')) return false;
  const names = Object.keys(purposes);
  return names.indexOf(state.purpose) >= names.indexOf(purpose);
}

function stateFile() {
  return join(root, 'node_modules', '.tidemark-setup.json');
}

/** npm writes this file anew whenever it has installed something. */
function npmRecord() {
  return hashOf(join('node_modules', '.package-lock.json'));
}

function hashOf(path) {
  const file = join(root, path);
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** Install scripts stay off: newer versions of npm do not run them, and what works without them works everywhere. */
function install() {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const quietly = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  run(...npm, 'ci', '--ignore-scripts', ...purposes[purpose].flags, ...quietly);
  writeFileSync(stateFile(), JSON.stringify({ purpose, lock: hashOf('package-lock.json'), npm: npmRecord() }));
}

function sourceHash() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const beside = ['tsconfig.json', 'package.json', 'package-lock.json', 'scripts/programs.mjs'];
  for (const file of [...files.sort(), ...beside.map((name) => join(root, name))]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function built() {
  const stamp = join(dist, '.sources');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/**
 * Built beside dist and moved there when it is whole, so that nobody meets half a build. Programs and library are bundled in place of their entry
 * modules; the SDKs that a user installs for a warehouse are looked for where the tool is installed.
 */
async function build() {
  const fresh = join(root, `dist-${process.pid}`);
  const old = join(root, `dist-${process.pid}-old`);
  // Also when a step fails, which ends the process.
  process.once('exit', () => {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  });
  run(process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--outDir', fresh);
  const { bundledPackages, bundleLibrary, bundlePrograms, licencesOf, tool } = await import('./programs.mjs');
  const options = { allowOverwrite: true, sourcemap: true, sourcesContent: false };
  const external = Object.keys(tool.peerDependencies);
  const metafile = await bundlePrograms(fresh, { ...options, external, chunkNames: 'programs/[name]-[hash]' });
  writeFileSync(join(fresh, 'programs', 'LICENSES.txt'), licencesOf(bundledPackages(metafile)));
  await bundleLibrary(fresh, { ...options, chunkNames: 'library/[name]-[hash]' });
  writeFileSync(join(fresh, '.sources'), sources);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
}

/** The PostgreSQL packages need symbolic links that an install script would have made. */
async function prepareServers() {
  const { postgresBinaries, postgresVersions } = await import(pathToFileURL(join(dist, 'cli/demo/binaries.js')).href);
  const versions = purpose === 'demo' ? [postgresVersions.at(-1)] : postgresVersions;
  for (const version of versions) {
    await postgresBinaries(version, undefined).catch((error) => say(`servers: ${error.message}`));
  }
  say(`servers: PostgreSQL ${versions.join(', ')} looked after`);
}

function run(command, ...args) {
  const env = { ...process.env, CI: '1', npm_config_update_notifier: 'false' };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env });
  if (status === 0) return;
  fail(`${command} ${args.join(' ')}${error ? ` (${error.message})` : ''}`);
}

function fail(what) {
  say(`failed: ${what}`);
  process.exit(1);
}
