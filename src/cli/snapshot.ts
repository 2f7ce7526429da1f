import { printable } from './printable.js';
import { join } from 'node:path';
import { shellWord } from '../core/shell-word.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import { schemeOf } from '../core/url-scheme.js';
import { areCollected, inValohai } from '../manifest/platform.js';
import { formatOf } from '../shard/registry.js';
import { resolvePlan } from '../snapshot/options.js';
import type { Plan } from '../snapshot/plan.js';
import type { SnapshotResult, VersionResult } from '../snapshot/result.js';
import { labelled } from './columns.js';
import type { ProgressState } from './progress.js';
import { metricLine } from './progress-views.js';
import { startProgress } from './start-progress.js';
import type { CommandRun } from './command.js';
import { pathFrom, tidemarkFrom } from './typed-command.js';
import { workAccount } from './work-account.js';
import type { Terminal } from './terminal.js';
import { keepHeapTight } from './tight-heap.js';
import { formatSeconds } from './wording.js';

/** `tidemark snapshot`: query → dataset version. */
export async function snapshotCommand(run: CommandRun): Promise<number> {
  return makeVersion(await resolvePlan(run.options, run.context), run);
}

/** Makes the versions of a plan, and tells of them. */
export async function makeVersion(plan: Plan, { invocation, context, terminal, signal }: CommandRun): Promise<number> {
  const { runSnapshot } = await import('../snapshot/snapshot.js');
  if (plan.memory !== undefined) keepHeapTight();
  const measured = inValohai(context.env) && !terminal.json;
  const progress = startProgress(terminal, measured);
  try {
    const result = await runSnapshot(plan, { signal, listener: progress.listener });
    progress.stop();
    const state: ProgressState = { ...progress.state(), rows: result.rows, bytesWritten: result.bytes };
    if (measured) terminal.print(metricLine({ ...state, seconds: result.seconds }));
    if (terminal.json) terminal.print(JSON.stringify(result));
    summarise(
      { result, plan, cwd: context.cwd, onPlatform: measured && areCollected(plan.out, context.env) },
      terminal,
    );
    if (invocation.own['profile'] === true) for (const line of workAccount(result)) terminal.note(line);
    return 0;
  } finally {
    progress.stop();
  }
}

function versionLines(made: VersionResult, plan: Plan): [string, string][] {
  const { rows, bytes, shards, location, id, digest, parent, chain, live } = made;
  const limit = plan.source.tables[0]?.limit;
  return [
    ...(limit === undefined
      ? []
      : [['trial', `at most ${formatCount(limit)} rows of each table (--limit)`] as [string, string]]),
    ...(plan.sample === undefined ? [] : [['sample', `${plan.sample.below / 1e7} % (--sample)`] as [string, string]]),
    ['rows', `${formatCount(rows)} in ${counted(shards.length, 'shard')}, ${formatBytes(bytes)}`],
    ...(made.reuses === undefined ? [] : [reusedLine(made, made.reuses)]),
    ...(parent === undefined ? [] : [['new since', parent] as [string, string]]),
    ...(chain === undefined
      ? []
      : [['together', `${counted(chain.rows, 'row')}, ${formatBytes(chain.bytes)}`] as [string, string]]),
    ...(live === undefined || parent === undefined
      ? []
      : [
          ['of these', `${formatCount(live.rows)} rows count; ${formatCount(live.gone)} are gone since`] as [
            string,
            string,
          ],
        ]),
    ['folder', location],
    ['id', id],
    ...(plan.digest ? [['digest', digest] as [string, string]] : []),
  ];
}

function reusedLine(
  { shards }: VersionResult,
  { version, newBytes }: NonNullable<VersionResult['reuses']>,
): [string, string] {
  const reused = shards.filter((shard) => shard.reused).length;
  return ['of these', `${counted(reused, 'shard')} of ${version}; new: ${formatBytes(newBytes)}`];
}

/** `train 70.0 %, test 30.0 %`. */
function splitLine({ splits, rows }: SnapshotResult): (readonly [string, string])[] {
  const parts = Object.entries(splits);
  if (parts.length === 0) return [];
  const shares = parts.map(([name, part]) => `${name} ${((100 * part.rows) / Math.max(rows, 1)).toFixed(1)} %`);
  return [['split', shares.join(', ')]];
}

/** `7 expectations held, 1 is broken`. */
function expectedLine({ expectations }: SnapshotResult): (readonly [string, string])[] {
  if (expectations.length === 0) return [];
  const count = (outcome: string): number => expectations.filter((result) => result.outcome === outcome).length;
  const [held, broken, unchecked] = [count('held'), count('broken'), count('unchecked')];
  const parts = [
    `${held} held`,
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(unchecked > 0 ? [`${unchecked} not checked, since not all rows were read`] : []),
  ];
  return [['expected', parts.join(', ')]];
}

/** Where a version has parts, one of them is what is read. */
function firstPart({ splits, versions }: SnapshotResult): string {
  return versions.length > 1 ? '' : (Object.keys(splits)[0] ?? '');
}

function readingExample(result: SnapshotResult, plan: Plan, cwd: string): string {
  const { location, shards } = result;
  const foldersRepeat = plan.tables[0]?.partitioning?.columns === 'files';
  const onlyFile = shards.length === 1 ? pathFrom(cwd, join(location, shards[0]!.path)) : undefined;
  return formatOf(plan.format).readingExample(pathFrom(cwd, join(location, firstPart(result))), {
    foldersRepeat,
    onlyFile,
  });
}

interface Made {
  readonly result: SnapshotResult;
  readonly plan: Plan;
  /** Where the command was typed. */
  readonly cwd: string;
  readonly onPlatform: boolean;
}

function summarise({ result, plan, cwd, onPlatform }: Made, terminal: Terminal): void {
  const { bold, green, dim } = terminal.noteColors;
  if (result.status === 'unchanged') {
    terminal.note(`${bold('unchanged')}: nothing is new since ${result.version}: use that one; no version was made`);
    return;
  }
  for (const version of result.versions) {
    terminal.note(`${bold(green('created'))} ${bold(version.version)}`);
    for (const line of labelled(versionLines(version, plan))) terminal.note(line);
  }
  for (const line of labelled([...splitLine(result), ...expectedLine(result), ['time', formatSeconds(result.seconds)]]))
    terminal.note(line);
  const folder = shellWord(pathFrom(cwd, result.location));
  terminal.note(dim('next'));
  terminal.note(printable(`  ${tidemarkFrom(cwd)} verify ${folder}`));
  terminal.note(`  ${tidemarkFrom(cwd)} show ${folder}`);
  if (onPlatform) {
    for (const { version } of result.versions) terminal.note(`  training step: an input with the default ${version}`);
  }
  // pandas would take the files of several tables for one table, and knows nothing of what stands behind the `?` of a location.
  else if (plan.source.tables.length === 1 && schemeOf(result.location) === undefined)
    terminal.note(printable(`  ${readingExample(result, plan, cwd)}`));
}
