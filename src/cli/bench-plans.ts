import { thisMachine } from '../machine/machine.js';
import { readRecording } from '../recording/file.js';
import { readOptions, replayKeys, resolvePlan, resolveReplayPlan } from '../snapshot/options.js';
import type { Plan } from '../snapshot/plan.js';
import { combinations, withoutLists } from './bench-settings.js';
import type { CommandRun, Invocation } from './command.js';

type Given = Pick<CommandRun, 'invocation' | 'context'>;

/** A plan for each combination of settings. @param more what is read, where no flag says it */
export async function plansOf(
  { invocation, context }: Given,
  more: Invocation['flags'] = {},
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const flags of combinations({ ...invocation.flags, ...more })) {
    const options = await readOptions({ flags: withoutLists(flags), configFile: invocation.argument }, context);
    plans.push(await resolvePlan(options, context));
  }
  return plans;
}

/** What was recorded says what is read: options say the rest. */
export async function replayPlans({ invocation, context }: Given, path: string): Promise<readonly Plan[]> {
  const connection = { path, recording: readRecording(thisMachine.fs, path), warnings: [] };
  const plans: Plan[] = [];
  for (const flags of combinations(invocation.flags)) {
    const input = { flags: withoutLists(flags), configFile: invocation.argument, only: replayKeys };
    plans.push(await resolveReplayPlan(await readOptions(input, context), context, connection));
  }
  return plans;
}
