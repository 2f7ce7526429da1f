import { printableInLine } from './printable.js';
import { manifestSeal, versionId } from '../manifest/identity.js';
import { parseManifest } from '../manifest/parse.js';
import { summariseVersion, summarySections } from '../manifest/summary.js';
import { valohaiLineage } from '../manifest/platform.js';
import { problemsError } from '../snapshot/options.js';
import { lineageOf } from '../version/lineage.js';
import { locateVersion, readManifestFile } from '../version/locate.js';
import { labelled } from './columns.js';
import type { CommandRun } from './command.js';
import { showLineage } from './show-lineage.js';

/** `tidemark show`: a version for people; with --json its manifest. */
export async function showCommand({ invocation, options, context, terminal }: CommandRun): Promise<number> {
  if (options.problems.length > 0) throw problemsError(options.problems);
  const place = await locateVersion(invocation.argument!);
  const { content, manifest } = parseManifest(await readManifestFile(place), place.manifest);
  const isLineage = invocation.own['lineage'] === true;
  if (terminal.json && !isLineage) {
    terminal.print(JSON.stringify(content));
    return 0;
  }
  if (versionId(content.version) !== content.id || manifestSeal(content) !== content.seal) {
    terminal.note(
      'warning: this manifest was changed after it was written. `tidemark verify` says more; do not rely on it.',
    );
  }
  if (isLineage) {
    showLineage(await lineageOf(place, manifest), valohaiLineage(context.env), terminal);
    return 0;
  }
  const sections = summarySections(summariseVersion(manifest));
  sections.forEach(({ title, lines }, index) => {
    if (index > 0) terminal.print('');
    terminal.print(terminal.colors.bold(printableInLine(title)));
    for (const line of labelled(lines)) terminal.print(line);
  });
  return 0;
}
