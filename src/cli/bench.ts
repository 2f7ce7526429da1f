import { resolve } from 'node:path';
import { runBenchmark } from '../benchmark/benchmark.js';
import { advise } from '../benchmark/advice.js';
import { recordRows } from '../benchmark/record.js';
import { invalidRequest } from '../core/errors.js';
import { formatBytes, formatCount, parseDuration } from '../core/units.js';
import type { Plan } from '../snapshot/plan.js';
import { plansOf, replayPlans } from './bench-plans.js';
import { benchmarkLines } from './bench-view.js';
import type { CommandRun } from './command.js';
import { printable } from './printable.js';
import { formatSeconds } from './wording.js';

const usualTime = '30s';

/** Rows of the table of --demo. */
const demoRows = 1_000_000;

/** What the command does with the plans that it is about. */
interface Job {
  /** Milliseconds that it may take. */
  readonly patience: number;
  /** A file for what the source sends, in place of measurements. */
  readonly record: string | undefined;
}

/** `tidemark bench`: how fast a snapshot would be, and why. Keeps nothing, but what --record asks for. */
export async function benchCommand(run: CommandRun): Promise<number> {
  const { own } = run.invocation;
  const replay = fileOf(run, 'replay');
  const job = { patience: timeOf(own['for']), record: fileOf(run, 'record') };
  const places = [own['demo'] === true && '--demo', replay !== undefined && '--replay'].filter((one) => one !== false);
  assertOnePlace([...places, ...('source' in run.invocation.flags ? ['--source'] : [])]);
  if (own['demo'] === true) return onDemo(run, job);
  if (replay !== undefined && job.record !== undefined) {
    throw invalidRequest('record: what --replay reads is recorded already', 'Leave out one of the two.');
  }
  return obey(run, job, replay === undefined ? await plansOf(run) : await replayPlans(run, replay));
}

async function obey(run: CommandRun, job: Job, plans: readonly Plan[]): Promise<number> {
  const { terminal } = run;
  for (const warning of plans[0]!.warnings)
    terminal.alert(`${terminal.noteColors.yellow('warning:')} ${printable(warning)}`);
  return job.record === undefined ? measureAll(run, job, plans) : recordInto(run, job, plans[0]!, job.record);
}

async function measureAll(
  { terminal, signal }: CommandRun,
  { patience }: Job,
  plans: readonly Plan[],
): Promise<number> {
  terminal.note(`reading for ${formatSeconds(patience / 1000)} in all, as a snapshot would; nothing is kept`);
  const result = await runBenchmark(plans, {
    patience,
    signal,
    onMeasured: ({ reach, rows, seconds }) =>
      terminal.note(`  ${reach}: ${formatCount(rows)} rows in ${formatSeconds(seconds)}`),
  });
  const advice = advise(result.measurements);
  if (terminal.json) terminal.print(JSON.stringify({ ...result, advice }));
  else for (const line of benchmarkLines(result, advice, terminal.colors)) terminal.print(line);
  return 0;
}

async function recordInto(
  { terminal, signal }: CommandRun,
  { patience }: Job,
  plan: Plan,
  path: string,
): Promise<number> {
  terminal.note(`recording for at most ${formatSeconds(patience / 1000)}, by one lane`);
  const { measurement, rows, bytes } = await recordRows(plan, { path, patience }, { signal });
  if (terminal.json) terminal.print(JSON.stringify({ path, rows, bytes, measurement }));
  else terminal.print(`${printable(path)}: ${formatBytes(bytes)}, ${formatCount(rows)} rows`);
  terminal.alert(
    `${terminal.noteColors.yellow('warning:')} this file holds rows of the source as they are, masked columns too: only this user may read it; remove it when it is not needed any more`,
  );
  return 0;
}

/** On a server of its own, which needs no other database. */
async function onDemo(run: CommandRun, job: Job): Promise<number> {
  const { terminal, signal } = run;
  const { postgresStage } = await import('./demo/postgres-stage.js');
  terminal.note(`starting a PostgreSQL server with a table of ${formatCount(demoRows)} rows, for this alone`);
  const stage = await postgresStage();
  try {
    signal.throwIfAborted();
    await stage.fill(demoRows, signal);
    return await obey(run, job, await plansOf(run, { source: [stage.url], table: ['customer_data'] }));
  } finally {
    await stage.stop();
  }
}

/** @throws request.invalid */
function assertOnePlace(places: readonly string[]): void {
  if (places.length < 2) return;
  throw invalidRequest(`bench: ${places.join(' and ')} both say what is read`, 'Leave out one of them.');
}

function fileOf({ invocation, context }: CommandRun, option: 'record' | 'replay'): string | undefined {
  const given = invocation.own[option];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && given.trim() !== '') return resolve(context.cwd, given);
  throw invalidRequest(`${option}: a file's name is empty`, `Give one: --${option} rows.tidemark`);
}

/** @throws request.invalid */
function timeOf(given: unknown): number {
  const patience = parseDuration(String(given ?? usualTime), 'for');
  if (patience > 0) return patience;
  throw invalidRequest('for: 0 s is no time to measure anything in', `Leave it out for ${usualTime}.`);
}
