// Processes as Linux shows them in /proc. Times are CPU seconds, sizes are bytes.
import { readFileSync, readdirSync } from 'node:fs';

/** The kernel gives process times in these, whatever its own clock is (USER_HZ). */
const ticksPerSecond = 100;

/** A process and all that it started and that still runs, the process first. Empty when it has ended. */
export function processTree(pid) {
  const tree = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    tree.push(next);
    open.push(...childrenOf(next));
  }
  return tree;
}

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** CPU time of one process: `own`, and of its children that ended and were waited for (and theirs): `ended`. */
export function cpuOf(pid) {
  try {
    // pid (name, which may hold anything) state ppid …: utime is the 12th after the name, then stime, cutime, cstime
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return { own: (utime + stime) / ticksPerSecond, ended: (cutime + cstime) / ticksPerSecond };
  } catch {
    return { own: 0, ended: 0 };
  }
}

/** CPU time of a process that goes on and of everything that it ever started. */
export function cpuOfTree(pid) {
  const [, ...below] = processTree(pid);
  const { own, ended } = cpuOf(pid);
  return below.reduce((sum, child) => sum + cpuOf(child).own, own + ended);
}

/** Resident memory of a process: now, and the most that it ever was. */
export function memoryOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1');
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
    return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
  } catch {
    return { now: 0, peak: 0 };
  }
}

/** CPU time that the whole machine has spent working, and what the host took from it, since it started. */
export function machineCpu() {
  const fields = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].trim().split(/\s+/).slice(1).map(Number);
  const [user, nice, system, , , irq, softirq, steal] = fields;
  return { busy: (user + nice + system + irq + softirq) / ticksPerSecond, stolen: steal / ticksPerSecond };
}

export function loadAverage() {
  return Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]);
}
