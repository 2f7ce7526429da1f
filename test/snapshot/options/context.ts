import type { OptionContext } from '../../../src/snapshot/options.js';

/** A context in which nothing is set: every difference in a plan comes from the options. */
export function plainContext(changes: Partial<OptionContext> = {}): OptionContext {
  return {
    env: {},
    cwd: '/work-folder',
    home: '/nobody',
    now: new Date('2024-01-15T10:30:00Z'),
    random: () => 0.5,
    ...changes,
  };
}
