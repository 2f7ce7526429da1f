import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Cores, machineCores } from '../../src/machine/cores.js';
import { emptyFolder } from '../support/cli.js';

/** A file system's root with files in it. */
function rootWith(files: Readonly<Record<string, string>>): string {
  const root = emptyFolder('cores');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const all: Cores = { count: availableParallelism(), heldBy: undefined };
const one = (heldBy: string): Cores => (all.count > 1 ? { count: 1, heldBy } : all);

describe('the cores that a process may use', () => {
  it.each([
    ['nothing', {}],
    ['no quota', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }],
    ['a quota of more than there is', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '99900000 100000\n' }],
    ['text that is none', { 'proc/self/cgroup': 'x\n0::/a', 'sys/fs/cgroup/a/cpu.max': 'many' }],
  ])('are those of the machine where a control group says %s', (_, files) => {
    expect(machineCores({}, rootWith(files))).toEqual(all);
  });

  it.each([
    ['its own', { 'proc/self/cgroup': '0::/job\n', 'sys/fs/cgroup/job/cpu.max': '50000 100000\n' }],
    ['of one that it is in', { 'proc/self/cgroup': '0::/job/step\n', 'sys/fs/cgroup/job/cpu.max': '100000 100000\n' }],
    [
      'of a container, which sees itself as the root',
      { 'proc/self/cgroup': '0::/docker/1\n', 'sys/fs/cgroup/cpu.max': '100000 100000' },
    ],
    [
      'of the first version',
      {
        'proc/self/cgroup': '4:memory:/a\n3:cpuacct,cpu:/a\n',
        'sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '90000\n',
        'sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      },
    ],
  ])('are held by the quota of a control group: %s', (_, files) => {
    expect(machineCores({}, rootWith(files))).toEqual(one('its control group'));
  });

  it.each(['1', '0.5', '1000m', ' 1 ', '250m'])('are held by VH_CPU_LIMIT=%s', (limit) => {
    expect(machineCores({ VH_CPU_LIMIT: limit }, rootWith({}))).toEqual(one('VH_CPU_LIMIT'));
  });

  it.each(['', '0', 'many', '-1', '1e9', '9999', '0m'])('are not held by VH_CPU_LIMIT=%s', (limit) => {
    expect(machineCores({ VH_CPU_LIMIT: limit }, rootWith({}))).toEqual(all);
  });

  it('are two where one and a half may be used', () => {
    const { count } = machineCores({ VH_CPU_LIMIT: '1.5' }, rootWith({}));
    expect(count).toBe(Math.min(2, all.count));
  });
});
