// A group of processes that the kernel gives no more memory than so much, files that it keeps in memory included: what asks for more is killed.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ours = `tidemark-bench-${process.pid}`;

/**
 * Makes a group, in version 1 or 2 of the kernel's interface, where this user may.
 * @returns the words that start a program in it, and how it goes; undefined: it cannot be made here
 */
export function hardLimit(bytes) {
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ]) {
    const group = join(root, ours);
    try {
      mkdirSync(group);
      writeFileSync(join(group, limit), String(bytes));
      if (Number(readFileSync(join(group, limit), 'utf8')) !== bytes) throw new Error(`${limit} is not ${bytes}`);
      const entering = 'echo $$ > "$0/cgroup.procs"; exec "$@"';
      return { words: ['/bin/sh', '-c', entering, group], remove: () => rmdirSync(group) };
    } catch {
      // Another version, or not for this user.
    }
  }
  return undefined;
}
