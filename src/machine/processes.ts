import fs from 'node:fs';
import { hostname } from 'node:os';
import { errno } from './failure.js';

/** The processes of a machine. */
export interface Processes {
  /** This one. */
  own(): Identity;
  /** Whether that process lives, as far as this one can know; `unknown` when it is not within sight. */
  liveness(other: Identity): Liveness;
}

export type Liveness = 'living' | 'dead' | 'unknown';

/**
 * Which process this is, so that another one can tell whether it still lives. Process ids repeat: after a restart, in
 * every container, and on every host. `boot`, `pidNamespace` and `start` exist where there is a /proc.
 */
export interface Identity {
  readonly host: string;
  readonly pid: number;
  /** The kernel's own random name of this boot. */
  readonly boot?: string | undefined;
  /** Containers number their processes on their own: `pid:[4026531836]`. */
  readonly pidNamespace?: string | undefined;
  /** When the process started, in clock ticks since the boot. */
  readonly start?: string | undefined;
}

function ownIdentity(): Identity {
  const boot = readOrNothing(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pidNamespace = readOrNothing(() => fs.readlinkSync('/proc/self/ns/pid'));
  const start = readOrNothing(() => processStat(process.pid).start);
  return {
    host: hostname(),
    pid: process.pid,
    ...(boot === undefined ? {} : { boot }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(start === undefined ? {} : { start }),
  };
}

function liveness(other: Identity): Liveness {
  const own = ownIdentity();
  const inSight = other.host === own.host && other.boot === own.boot && other.pidNamespace === own.pidNamespace;
  if (!inSight) return 'unknown';
  if (other.start === undefined) return signalReaches(other.pid) ? 'unknown' : 'dead';
  try {
    const { state, start } = processStat(other.pid);
    // A zombie has ended, and only waits for a parent that may never look.
    return start === other.start && !'ZX'.includes(state) ? 'living' : 'dead';
  } catch {
    // A /proc that hides other users' processes looks the same as a process that has gone.
    return signalReaches(other.pid) ? 'unknown' : 'dead';
  }
}

/** `/proc/<pid>/stat` is `pid (name) state ppid … start …`; the name may hold spaces and parentheses. */
function processStat(pid: number): { state: string; start: string } {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  if (state === undefined || start === undefined) throw new Error(`/proc/${pid}/stat is cut short`);
  return { state, start };
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return errno(thrown) !== 'ESRCH';
  }
}

function readOrNothing(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export const systemProcesses: Processes = { own: ownIdentity, liveness };
