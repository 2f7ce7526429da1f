import path from 'node:path';
import { invalidRequest } from '../../core/errors.js';
import { schemeOf } from '../../core/url-scheme.js';
import { valohaiInput } from '../../manifest/platform.js';
import type { ChainPlan } from '../plan.js';
import type { OptionContext, OptionSet } from './read.js';
import type { OptionKey, OptionValues } from './table.js';

/** Options that say how to go on, and have no meaning alone. */
const besides = ['first-run', 'when-unchanged', 'schema'] as const;

/** Options whose versions cannot be part of a chain, and why. */
const excluded: readonly (readonly [OptionKey, (values: OptionValues) => boolean, string])[] = [
  ['from', ({ from }) => from !== undefined, 'a version starts from its parent'],
  ['limit', ({ limit }) => limit !== undefined, 'rows that are not read now would never be'],
  ['consistency', ({ consistency }) => consistency === 'none', 'only of one moment is it known what is new since'],
  [
    'single-file',
    (values) => values['single-file'] === true,
    'files of all versions of a chain need names of their own',
  ],
  ['dataset-card', (values) => values['dataset-card'] === true, 'every version would have a README.md'],
  ['split-exact', (values) => values['split-exact'] === true, 'more rows would move entities to other parts'],
];

/**
 * How the run goes on from an earlier version; undefined: it does not.
 * @throws request.invalid for options that do not go with it
 */
export function resolveChain(set: OptionSet, { cwd, env }: OptionContext): ChainPlan | undefined {
  const { values, origins } = set;
  const { parent, full } = values;
  if (parent === undefined && full !== true) {
    const lone = besides.find((key) => values[key] !== undefined && values[key] !== false);
    if (lone === undefined) return undefined;
    throw invalidRequest(
      `${lone}: goes with --parent, which is missing`,
      'Give --parent <location> of the version to go on from, or leave it out.',
    );
  }
  const [key, , why] = excluded.find(([, isAsked]) => isAsked(values)) ?? [];
  if (key !== undefined) {
    throw invalidRequest(
      `${key}: does not go with --${parent === undefined ? 'full' : 'parent'}: ${why}`,
      `Leave --${key} out.`,
    );
  }
  const location = full || parent === undefined ? undefined : absolute(parent, origins.get('parent')?.base ?? cwd);
  return {
    parent: location,
    given: parent,
    ...(location === undefined ? { emptyInput: false, inputs: [] } : valohaiInput(location, env)),
    firstRun: values['first-run'] === true,
    whenUnchanged: values['when-unchanged'] ?? 'skip',
    schema: values.schema ?? 'fail',
  };
}

function absolute(location: string, base: string): string {
  return schemeOf(location) === undefined ? path.resolve(base, location) : location;
}
