import { runCompact } from '../compact/compact.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import { problemsError, resolveCompactPlan } from '../snapshot/options.js';
import { findWholeChain } from '../version/whole-chain.js';
import { labelled } from './columns.js';
import type { CommandRun } from './command.js';
import { startProgress } from './start-progress.js';
import { shellWord } from '../core/shell-word.js';
import { keepHeapTight } from './tight-heap.js';
import { pathFrom, tidemarkFrom } from './typed-command.js';
import { formatSeconds } from './wording.js';

/** `tidemark compact`: a chain of increments → one version. */
export async function compactCommand({ invocation, options, context, terminal, signal }: CommandRun): Promise<number> {
  if (options.problems.length > 0) throw problemsError(options.problems);
  const location = invocation.argument!;
  const chain = await findWholeChain(location);
  const { version: newest } = chain.at(-1)!.manifest;
  const plan = resolveCompactPlan(options, context, { location, newest });
  if (plan.memory !== undefined) keepHeapTight();
  const progress = startProgress(terminal, false);
  try {
    const result = await runCompact(plan, chain, { signal, listener: progress.listener });
    progress.stop();
    if (terminal.json) terminal.print(JSON.stringify(result));
    const { bold, green, dim } = terminal.noteColors;
    if (result.status === 'unchanged') {
      terminal.note(`${bold('unchanged')}: ${newest.uri} inherits nothing: there is nothing to merge`);
      return 0;
    }
    terminal.note(`${bold(green('created'))} ${bold(result.version)}`);
    const lines: readonly (readonly [string, string])[] = [
      ['merged', `${counted(chain.length, 'version')} up to ${newest.uri}`],
      [
        'rows',
        `${formatCount(result.rows)} in ${counted(result.shards.length, 'shard')}, ${formatBytes(result.bytes)}`,
      ],
      ['folder', result.location],
      ['id', result.id],
      ['digest', result.digest],
      ['time', formatSeconds(result.seconds)],
    ];
    for (const line of labelled(lines)) terminal.note(line);
    const folder = shellWord(pathFrom(context.cwd, result.location));
    terminal.note(dim('next'));
    terminal.note(`  ${tidemarkFrom(context.cwd)} verify ${folder}`);
    return 0;
  } finally {
    progress.stop();
  }
}
