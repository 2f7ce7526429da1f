import { thisMachine } from '../machine/machine.js';
import { readRecording } from '../recording/file.js';
import {
  type OptionKey,
  type OptionSet,
  readOptions,
  replayKeys,
  resolvePlan,
  resolveReplayPlan,
} from '../snapshot/options.js';
import type { Plan } from '../snapshot/plan.js';
import { combinations, withDataset } from './bench-settings.js';
import type { CommandRun, Invocation } from './command.js';

type Given = Pick<CommandRun, 'invocation' | 'context'>;

/** A plan for each combination of settings. @param more what is read, where no flag says it */
export function plansOf(given: Given, more: Invocation['flags'] = {}): Promise<readonly Plan[]> {
  const flags = { ...given.invocation.flags, ...more };
  return eachPlan({ ...given, flags }, (options) => resolvePlan(options, given.context));
}

/** What was recorded says what is read: options say the rest. */
export function replayPlans(given: Given, path: string): Promise<readonly Plan[]> {
  const { context, invocation } = given;
  const connection = { path, recording: readRecording(thisMachine.fs, path), warnings: [] };
  const resolve = (options: OptionSet): Promise<Plan> => resolveReplayPlan(options, context, connection);
  return eachPlan({ ...given, flags: invocation.flags, only: replayKeys }, resolve);
}

async function eachPlan(
  {
    invocation,
    context,
    flags,
    only,
  }: Given & { readonly flags: Invocation['flags']; readonly only?: readonly OptionKey[] },
  resolve: (options: OptionSet) => Promise<Plan>,
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const one of combinations(flags)) {
    const input = { flags: withDataset(one), configFile: invocation.argument, ...(only && { only }) };
    plans.push(await resolve(await readOptions(input, context)));
  }
  return plans;
}
