import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Cores that this process may use. */
export interface Cores {
  /** At least one. A share of one counts as one: threads that wait for the server take none. */
  readonly count: number;
  /** What keeps it from using all that the machine has; undefined: nothing. */
  readonly heldBy: string | undefined;
}

/** By which Valohai tells an execution how many cores it may use. */
const cpuLimitVariable = 'VH_CPU_LIMIT';

/**
 * The machine's cores, or those that this process is bound to, as far as a control group and the platform leave them: what has more threads than that is held up again and
 * again.
 * @param env of the process; `root` is where the file system begins
 */
export function machineCores(env: Readonly<Record<string, string | undefined>>, root = '/'): Cores {
  const cores: Cores = { count: availableParallelism(), heldBy: undefined };
  const limits: Cores[] = [
    { count: groupLimit(root), heldBy: 'its control group' },
    { count: limitOf(env[cpuLimitVariable]), heldBy: cpuLimitVariable },
  ];
  return limits.reduce((least, { count, heldBy }) => {
    const whole = Math.max(1, Math.ceil(count));
    return whole < least.count ? { count: whole, heldBy } : least;
  }, cores);
}

/** `2`, `1.5`, or `1500m`, as Kubernetes has it; without end for anything else. */
function limitOf(text: string | undefined): number {
  const [, number, thousandths] = /^(\d{1,6}(?:\.\d+)?)(m?)$/.exec(text?.trim() ?? '') ?? [];
  const limit = Number(number) / (thousandths === 'm' ? 1000 : 1);
  return limit > 0 ? limit : Infinity;
}

/** The least quota of the control group and those that it is in (cgroup v2: `cpu.max`; v1: `cpu.cfs_quota_us`). */
function groupLimit(root: string): number {
  let least = Infinity;
  for (const line of (textOf(join(root, 'proc/self/cgroup')) ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined || !(controllers === '' || controllers!.split(',').includes('cpu'))) continue;
    const mount = join(root, 'sys/fs/cgroup', controllers === '' ? '' : 'cpu');
    // In a container the path may be that outside of it: the mount is the group itself then.
    for (let folder = path; ; folder = dirname(folder)) {
      least = Math.min(least, quotaIn(join(mount, folder), controllers === ''));
      if (folder === '/') break;
    }
  }
  return least;
}

function quotaIn(folder: string, isSecond: boolean): number {
  const [quota, period] = isSecond
    ? (textOf(join(folder, 'cpu.max')) ?? '').trim().split(' ')
    : [textOf(join(folder, 'cpu.cfs_quota_us')), textOf(join(folder, 'cpu.cfs_period_us'))];
  const share = Number(quota) / Number(period);
  return share > 0 ? share : Infinity;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system, or another version of control groups.
    return undefined;
  }
}
