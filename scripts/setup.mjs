// Makes a clone ready to run: installs what package-lock.json says and builds dist, each only where it is needed.
// Plain Node, since it runs before anything is installed. One line a step; never asks anything.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

step('install', 'npm ci, about a minute', installed() ? undefined : install);
const sources = sourceHash();
step('build', 'tsc', built() ? undefined : build);
await prepareServers();

function step(name, description, work) {
  if (!work) return say(`${name}: up to date`);
  const start = Date.now();
  say(`${name}: ${description}`);
  work();
  say(`${name}: done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

function say(line) {
  console.error(`setup | ${line}`);
}

/** Whether node_modules holds the versions of package-lock.json; npm leaves its own record there when it has finished. */
function installed() {
  const record = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!record) return false;
  const wanted = Object.entries(readJson(join(root, 'package-lock.json')).packages).filter(([path]) => path !== '');
  return wanted.every(([path, { version, optional, devOptional }]) => {
    const found = record.packages[path];
    return found ? found.version === version : Boolean(optional || devOptional);
  });
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** Install scripts stay off: newer versions of npm do not run them, and what works without them works everywhere. */
function install() {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  run(...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error');
}

function sourceHash() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...files.sort(), join(root, 'tsconfig.json'), join(root, 'package-lock.json')]) {
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

/** Built beside dist and moved there when it is whole, so that nobody meets half a build. */
function build() {
  const fresh = join(root, `dist-${process.pid}`);
  const old = join(root, `dist-${process.pid}-old`);
  // Also when a step fails, which ends the process.
  process.once('exit', () => {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  });
  run(process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--outDir', fresh);
  writeFileSync(join(fresh, '.sources'), sources);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
}

/** The PostgreSQL packages need symbolic links that an install script would have made. Only tests and the demo need them. */
async function prepareServers() {
  const { postgresBinaries, postgresVersions } = await import(pathToFileURL(join(dist, 'cli/demo/binaries.js')).href);
  for (const version of postgresVersions) {
    await postgresBinaries(version, undefined).catch((error) => say(`servers: ${error.message}`));
  }
  say(`servers: PostgreSQL ${postgresVersions.join(', ')} looked after`);
}

function run(command, ...args) {
  const env = { ...process.env, CI: '1', npm_config_update_notifier: 'false' };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env });
  if (status === 0) return;
  say(`failed: ${command} ${args.join(' ')}${error ? ` (${error.message})` : ''}`);
  process.exit(1);
}
