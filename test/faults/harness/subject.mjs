// A process that runs the built command again and again, each time with one fault, and says what was left open.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { end, faster, play } from './faults.mjs';

const dist = new URL('../../../dist/', import.meta.url);
const built = (path) => import(new URL(path, dist).href);
const [{ parseArguments }, { reportFailure }, { knownSecrets }, { readOptions }, { snapshotCommand }] =
  await Promise.all(
    ['cli/program.js', 'cli/failure.js', 'cli/secrets.js', 'snapshot/options.js', 'cli/snapshot.js'].map(built),
  );

const root = process.env['TIDEMARK_FAULT_ROOT'];

/** Inodes of sockets to the port at which connections are kept for later runs: those are no leak, as long as they are few. */
function pooled() {
  const port = Number(process.env['TIDEMARK_FAULT_POOLED_PORT']).toString(16).toUpperCase().padStart(4, '0');
  const lines = fs.readFileSync('/proc/self/net/tcp', 'utf8').split('\n').slice(1, -1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return new Set(fields.filter(([, , remote]) => remote.endsWith(`:${port}`)).map((all) => `socket:[${all[9]}]`));
}

/** Descriptors of sockets and of files that runs write; the others are the process's own. */
function openDescriptors() {
  const kept = pooled();
  return fs
    .readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((target) => target.startsWith(root) || (target.startsWith('socket:') && !kept.has(target)))
    .sort();
}

const alive = new Set();
process.on('worker', (worker) => {
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
});
const unhandled = [];
process.on('unhandledRejection', (thrown) => unhandled.push(String(thrown?.stack ?? thrown)));
process.on('uncaughtException', (thrown) => unhandled.push(String(thrown?.stack ?? thrown)));

/** What is still open that was not before; waits for what is just closing. */
async function leftOpen(before) {
  for (let waited = 0; ; waited += 1) {
    const more = openDescriptors();
    for (const target of before) {
      const at = more.indexOf(target);
      if (at >= 0) more.splice(at, 1);
    }
    const left = [...more, ...[...alive].map(({ threadId }) => `thread ${threadId}`)];
    if (left.length === 0 || waited === 100) return left;
    await sleep(20 * faster());
  }
}

async function runCommand(args, env) {
  const [stdout, stderr] = [[], []];
  const terminal = {
    ...{ json: args.includes('--json'), quiet: false, live: false },
    ...{ colors: pc.createColors(false), noteColors: pc.createColors(false) },
    print: (line) => void stdout.push(line),
    note: (line) => void stderr.push(line),
    alert: (line) => void stderr.push(line),
  };
  const context = { env, cwd: env.TMPDIR, home: env.TMPDIR, now: new Date(), random: Math.random };
  let code;
  try {
    const { flags, ...invocation } = parseArguments(args, '0');
    const options = await readOptions({ flags, configFile: false }, context);
    code = await snapshotCommand({
      invocation: { flags, ...invocation },
      options,
      context,
      terminal,
      signal: new AbortController().signal,
    });
  } catch (thrown) {
    code = reportFailure(thrown, terminal, { secrets: knownSecrets(args, env), unnamedFile: undefined });
  }
  return { code, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}

process.on('message', async ({ args, env, fault }) => {
  Object.assign(process.env, env);
  unhandled.length = 0;
  const before = openDescriptors();
  play(fault);
  const run = await runCommand(args, { ...process.env, ...env });
  const { calls, met } = end();
  const left = await leftOpen(before);
  process.send({ ...run, calls, met, left, unhandled: [...unhandled] });
});
process.send('ready');
