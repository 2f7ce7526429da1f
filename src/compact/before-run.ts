import { posix, relative } from 'node:path';
import { shellWord } from '../core/shell-word.js';
import { versionUri } from '../core/version-uri.js';
import { logicalDate } from '../manifest/logical-date.js';
import { resolveShardName } from '../manifest/shard-names.js';
import type { ManifestVersion } from '../manifest/shape.js';
import type { ChainPlan, Plan } from '../snapshot/plan.js';
import type { Parent } from '../version/parent.js';
import { findWholeChain } from '../version/whole-chain.js';
import type { CompactOptions } from './compact.js';
import { compactName, type CompactPlan, shardsToName, writtenAs } from './plan.js';

/**
 * Merges the chain that a run is to go on from, where it has as many versions as options say.
 * @param parents that the run would go on from
 * @returns the plan, with the merged version as its parent; undefined: the chain is not long
 * @throws request.invalid where files of the chain are not there; what `runCompact` throws
 */
export async function withShortChain(
  plan: Plan,
  parents: readonly Parent[],
  options: Required<Pick<CompactOptions, 'ports' | 'signal' | 'listener'>>,
): Promise<Plan | undefined> {
  const parent = longChain(plan, parents);
  if (parent === undefined) return undefined;
  const chain = await findWholeChain(parent.location, options.ports.destinationOf);
  const { runCompact } = await import('./compact.js');
  const merged = await runCompact(compactPlanOf(plan, parent.manifest.version), chain, options);
  const said = `the ${chain.length} versions of the chain were merged into ${merged.version}, which this one goes on from`;
  return { ...goingOnFrom(plan, merged.location), warnings: [...plan.warnings, said] };
}

/** The URI of the version that a chain would be merged into first; undefined: it is not long enough. */
export function wouldMergeInto(plan: Plan, parents: readonly Parent[]): string | undefined {
  const version = longChain(plan, parents)?.manifest.version;
  return version && versionUri({ dataset: version.dataset, version: compactName(version) });
}

function longChain({ chain }: Plan, [parent]: readonly Parent[]): Parent | undefined {
  const { compactAfter } = chain ?? {};
  if (compactAfter === undefined) return undefined;
  const versions = 1 + (parent?.manifest.version.inherits?.length ?? 0);
  return versions >= compactAfter ? parent : undefined;
}

function compactPlanOf(plan: Plan, newest: ManifestVersion): CompactPlan {
  const { out, scratch, lanes, cores, memory, startedAt, run, lineage, properties, command } = plan;
  const { dataset } = newest;
  const version = compactName(newest);
  const named = { date: logicalDate(newest.date, startedAt, newest.timeZone), run, dataset, version };
  return {
    ...{ dataset, version, from: undefined, tags: [], alias: undefined, properties },
    ...writtenAs(newest),
    ...{ out, scratch, lanes, cores, memory, startedAt, run, lineage, command },
    name: resolveShardName(undefined, named, shardsToName(newest)),
    warnings: [],
  };
}

/** The command names the merged version, too, as it named the other one. */
function goingOnFrom(plan: Plan, location: string): Plan {
  const { parent, given, ...chain } = plan.chain as ChainPlan & { readonly parent: string; readonly given: string };
  const now = posix.join(given, relative(parent, location).replaceAll('\\', '/'));
  return {
    ...plan,
    chain: { ...chain, parent: location, given: now },
    command: plan.command.replace(` --parent ${shellWord(given)}`, ` --parent ${shellWord(now)}`),
  };
}
