import type { Invocation } from './command.js';

/** Options of which `bench` takes several values, separated by commas: each with each is measured. */
const listed = ['lanes', 'compression', 'via'] as const;

type Flags = Invocation['flags'];

/** The flags of each plan. What was not given is not in them. */
export function combinations(flags: Flags): readonly Flags[] {
  return listed.reduce<Flags[]>(
    (plans, key) => {
      const given = flags[key];
      if (given === undefined) return plans;
      return plans.flatMap((plan) => valuesOf(given).map((value) => ({ ...plan, [key]: [value] })));
    },
    [flags],
  );
}

function valuesOf(given: unknown): readonly string[] {
  return [given].flat().flatMap((words) =>
    String(words)
      .split(',')
      .map((word) => word.trim()),
  );
}

/** A name for what is not made, where none is given. */
export function withDataset(flags: Flags): Flags {
  return { dataset: ['dataset://bench/measured'], ...flags };
}
