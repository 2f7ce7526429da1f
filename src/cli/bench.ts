import { runBenchmark } from '../benchmark/benchmark.js';
import { advise } from '../benchmark/advice.js';
import { invalidRequest } from '../core/errors.js';
import { parseDuration } from '../core/units.js';
import { readOptions, resolvePlan } from '../snapshot/options.js';
import type { Plan } from '../snapshot/plan.js';
import { benchmarkLines } from './bench-view.js';
import { combinations, withoutLists } from './bench-settings.js';
import type { CommandRun } from './command.js';
import { printable } from './printable.js';
import { formatSeconds } from './wording.js';

const usualTime = '30s';

/** `tidemark bench`: how fast a snapshot would be, and why. Keeps nothing. */
export async function benchCommand({ invocation, context, terminal, signal }: CommandRun): Promise<number> {
  const patience = timeOf(invocation.own['for']);
  const plans: Plan[] = [];
  for (const flags of combinations(invocation.flags)) {
    const options = await readOptions({ flags: withoutLists(flags), configFile: invocation.argument }, context);
    plans.push(await resolvePlan(options, context));
  }
  for (const warning of plans[0]!.warnings)
    terminal.alert(`${terminal.noteColors.yellow('warning:')} ${printable(warning)}`);
  terminal.note(`reading for ${formatSeconds(patience / 1000)} in all, as a snapshot would; nothing is kept`);
  const result = await runBenchmark(plans, {
    patience,
    signal,
    onMeasured: ({ reach, rows, seconds }) =>
      terminal.note(`  ${reach}: ${rows.toLocaleString('en')} rows in ${formatSeconds(seconds)}`),
  });
  const advice = advise(result.measurements);
  if (terminal.json) terminal.print(JSON.stringify({ ...result, advice }));
  else for (const line of benchmarkLines(result, advice, terminal.colors)) terminal.print(line);
  return 0;
}

/** @throws request.invalid */
function timeOf(given: unknown): number {
  const patience = parseDuration(String(given ?? usualTime), 'for');
  if (patience > 0) return patience;
  throw invalidRequest('for: 0 s is no time to measure anything in', `Leave it out for ${usualTime}.`);
}
