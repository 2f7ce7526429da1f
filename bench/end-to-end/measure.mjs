// One command, measured from outside: its whole process tree, and the server's apart.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf, cpuOfTree, loadAverage, machineCpu, memoryOf, processTree } from './process-tree.mjs';

const sampleEvery = 20;

/** What a contender finds in its environment: the same for all, and nothing of whoever runs the benchmark. */
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** Contenders are in process groups of their own, which a signal from the terminal does not reach. */
const running = new Set();
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    for (const child of running) endGroup(child.pid);
    process.exit(status);
  });
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/**
 * Runs `argv` to its end. `wall` seconds; CPU seconds of the client's tree, of the server's, and of everybody else on the machine
 * meanwhile (`otherCpu`, the noise); `peakMemory` bytes: the largest sum of resident memory over the tree among the samples, or
 * one process's own high-water mark if that is more. Pages that processes share count in each of them.
 * A run over `limits` is ended, with `failure: 'time' | 'memory'`; one that fails has `failure: 'exit'` and its last words.
 */
export async function measure({ argv, env = {}, cwd }, serverPid, limits) {
  // What the run before wrote must not be written back at this one's cost.
  spawnSync('sync');
  const backends = processTree(serverPid).length;
  const before = readings(serverPid);
  const load = loadAverage();
  const start = process.hrtime.bigint();
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env: { ...environment, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = lastWords(child);
  const watch = watchMemory(child.pid, limits, start);
  running.add(child);
  const [exit, signal] = await once(child, 'exit')
    .catch((error) => [error.code])
    .finally(watch.end);
  running.delete(child);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  await settled(serverPid, backends);
  const after = readings(serverPid);
  const [clientCpu, serverCpu] = [after.client - before.client, after.server - before.server];
  const own = after.harness - before.harness;
  const failed = exit !== 0 && {
    failure: watch.stopped() ?? 'exit',
    message: words() || `ended with ${exit ?? signal}`,
  };
  return {
    wall,
    clientCpu,
    serverCpu,
    peakMemory: watch.peak(),
    otherCpu: Math.max(0, after.machine.busy - before.machine.busy - clientCpu - serverCpu - own),
    stolenCpu: after.machine.stolen - before.machine.stolen,
    load,
    ...failed,
  };
}

/** Only one child at a time ends while this is looked at, so what the kernel books for ended children is its tree's. */
function readings(serverPid) {
  const { own: harness, ended: client } = cpuOf('self');
  return { client, harness, server: cpuOfTree(serverPid), machine: machineCpu() };
}

/** A server's process goes on for an instant after its client has left. */
async function settled(serverPid, backends) {
  for (let tries = 0; tries < 100 && processTree(serverPid).length > backends; tries++) await sleep(20);
}

function watchMemory(pid, { seconds = Infinity, memory = Infinity }, start) {
  let peak = 0;
  let stopped;
  const stop = (reason) => {
    stopped ??= reason;
    endGroup(pid);
  };
  const look = () => {
    let sum = 0;
    for (const process of processTree(pid)) {
      const seen = memoryOf(process);
      sum += seen.now;
      peak = Math.max(peak, seen.peak);
    }
    peak = Math.max(peak, sum);
    if (sum > memory) stop('memory');
    if (Number(process.hrtime.bigint() - start) / 1e9 > seconds) stop('time');
  };
  const timer = setInterval(look, sampleEvery);
  return { end: () => clearInterval(timer), peak: () => peak, stopped: () => stopped };
}

function lastWords(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text = (text + bytes).slice(-4000)));
  return () => text.trim().split('\n').slice(-4).join(' ⏎ ').slice(-600);
}
