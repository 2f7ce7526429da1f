import { invalidRequest } from '../../core/errors.js';
import { areCollected, valohaiInput } from '../../manifest/platform.js';
import { registrationSettings } from '../../registration/settings.js';
import type { ChainPlan } from '../plan.js';
import { absolute } from './folders.js';
import type { OptionContext, OptionSet } from './read.js';
import type { OptionKey, OptionValues } from './table.js';

/** Options that say how to go on, and have no meaning alone. */
const besides = ['first-run', 'when-unchanged', 'compact-after', 'schema'] as const;

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
 * @param out where versions go
 * @throws request.invalid for options that do not go with it
 */
export function resolveChain(set: OptionSet, { cwd, env }: OptionContext, out: string): ChainPlan | undefined {
  const { values, origins } = set;
  const { parent, full, 'if-changed': ifChanged } = values;
  assertCursor(values);
  assertReusable(values);
  if (ifChanged === undefined && parent === undefined && full !== true) return assertNothingBesides(values);
  const key = ifChanged === undefined ? 'parent' : 'if-changed';
  assertTogether(values, key);
  assertOneChain(values);
  const given = values[key];
  const location = full || given === undefined ? undefined : absolute(given, origins.get(key)?.base ?? cwd);
  return {
    parent: location,
    lookUp: location !== undefined && /^dataset:\/\/[^/]+$/.test(location) ? registrationSettings(env, key) : undefined,
    given,
    reads: ifChanged === undefined ? 'new' : 'all-if-changed',
    ...(location === undefined ? { emptyInput: false, inputs: [] } : valohaiInput(location, env)),
    firstRun: values['first-run'] === true,
    whenUnchanged: values['when-unchanged'] ?? 'skip',
    reuse: values['reuse-files'] === true ? (areCollected(out, env) ? 'inherited' : 'linked') : undefined,
    compactAfter: values['compact-after'],
    schema: values.schema ?? 'fail',
  };
}

function assertNothingBesides(values: OptionValues): undefined {
  const lone = besides.find((key) => isGiven(values, key));
  if (lone === undefined) return undefined;
  throw invalidRequest(
    `${lone}: goes with --parent, which is missing`,
    'Give --parent <location> of the version to go on from, or leave it out.',
  );
}

function assertTogether(values: OptionValues, key: 'parent' | 'if-changed'): void {
  const { parent } = values;
  if (key === 'if-changed') {
    const others = ['parent', 'full', 'compact-after'] as const;
    const other = others.find((one) => isGiven(values, one));
    if (other === undefined) return;
    throw invalidRequest(
      `if-changed: does not go with --${other}: it reads all rows, and compares`,
      'Leave one of them out.',
    );
  }
  const [wrong, , why] = excluded.find(([, isAsked]) => isAsked(values)) ?? [];
  if (wrong === undefined) return;
  throw invalidRequest(
    `${wrong}: does not go with --${parent === undefined ? 'full' : 'parent'}: ${why}`,
    `Leave --${wrong} out.`,
  );
}

/** Files that are taken over keep their names, and the version starts from the other one. */
function assertReusable(values: OptionValues): void {
  if (values['reuse-files'] !== true) return;
  if (values.parent !== undefined || values.full === true) {
    throw invalidRequest(
      `reuse-files: does not go with --${values.parent === undefined ? 'full' : 'parent'}: files of full snapshots are compared`,
      'Leave it out; or give --if-changed <location> in its place.',
    );
  }
  if (values['if-changed'] === undefined) {
    throw invalidRequest(
      'reuse-files: goes with --if-changed, which is missing',
      'Give --if-changed <location> of the version whose files are to be taken over, or leave it out.',
    );
  }
  const reasons = [
    ['from', 'the version starts from the one whose files it takes over'],
    ['single-file', 'files of all versions need names of their own'],
  ] as const;
  const [other, why] = reasons.find(([key]) => isGiven(values, key)) ?? [];
  if (other === undefined) return;
  throw invalidRequest(`reuse-files: does not go with --${other}: ${why}`, 'Leave one of them out.');
}

const isGiven = (values: OptionValues, key: OptionKey): boolean => values[key] !== undefined && values[key] !== false;

/** What parts are merged into must be told together, as a run tells it of the parts that it makes. */
function assertOneChain(values: OptionValues): void {
  if (values['compact-after'] === undefined) return;
  if (values['split-datasets'] !== true && values.dataset?.includes('{split}') !== true) return;
  throw invalidRequest(
    'compact-after: does not go with versions of parts of a split',
    'Merge them by `tidemark compact`, and begin new chains: --full.',
  );
}

function assertCursor(values: OptionValues): void {
  const cursors = [values.cursor, ...Object.values(values.tables ?? {}).map((own) => own.cursor)];
  const lone = (['lag', 'cursor-floor', 'null-cursor'] as const).find((key) => values[key] !== undefined);
  if (lone === undefined || cursors.some((columns) => columns !== undefined)) return;
  throw invalidRequest(`${lone}: goes with --cursor, which is missing`, 'Say by which column: --cursor created_at.');
}
