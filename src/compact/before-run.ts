import { posix, relative } from 'node:path';
import { invalidRequest } from '../core/errors.js';
import { shellWord } from '../core/shell-word.js';
import { versionUri } from '../core/version-uri.js';
import { logicalDate } from '../manifest/logical-date.js';
import { resolveShardName } from '../manifest/shard-names.js';
import type { ManifestVersion } from '../manifest/shape.js';
import type { ChainPlan, Plan } from '../snapshot/plan.js';
import { findParent, type Parent } from '../version/parent.js';
import { findWholeChain } from '../version/whole-chain.js';
import type { CompactOptions } from './compact.js';
import { compactName, type CompactPlan, shardsToName, writtenAs } from './plan.js';

/**
 * Merges the chain that a run is to go on from, where it has as many versions as options say.
 * @returns the plan, with the merged version as its parent
 * @throws request.invalid where files of the chain are not there; what {@link runCompact} throws
 */
export async function withShortChain(
  plan: Plan,
  options: Required<Pick<CompactOptions, 'ports' | 'signal' | 'listener'>>,
): Promise<Plan> {
  const parent = await longChain(plan, options.ports);
  if (parent === undefined) return plan;
  const chain = await findWholeChain(parent.location, options.ports.destinationOf);
  const { runCompact } = await import('./compact.js');
  const merged = await runCompact(compactPlanOf(plan, parent.manifest.version), chain, options);
  const said = `the ${chain.length} versions of the chain were merged into ${merged.version}, which this one goes on from`;
  return { ...goingOnFrom(plan, merged.location), warnings: [...plan.warnings, said] };
}

/** The URI of the version that a chain would be merged into first; undefined: it is not long enough. */
export async function wouldMergeInto(
  plan: Plan,
  ports: Pick<CompactOptions['ports'] & object, 'destinationOf'>,
): Promise<string | undefined> {
  const parent = await longChain(plan, ports);
  if (parent === undefined) return undefined;
  const { version } = parent.manifest;
  return versionUri({ dataset: version.dataset, version: compactName(version) });
}

async function longChain(
  { chain, parts }: Plan,
  ports: Pick<CompactOptions['ports'] & object, 'destinationOf'>,
): Promise<Parent | undefined> {
  const { parent: location, compactAfter } = chain ?? {};
  if (location === undefined || compactAfter === undefined) return undefined;
  if (parts.length > 0) {
    throw invalidRequest(
      'compact-after: does not go with versions of parts of a split',
      'Merge them by `tidemark compact`, and begin new chains: --full.',
    );
  }
  const parent = await findParent(location, (one) => ports.destinationOf(one));
  const versions = 1 + (parent?.manifest.version.inherits?.length ?? 0);
  return versions >= compactAfter ? parent : undefined;
}

function compactPlanOf(plan: Plan, newest: ManifestVersion): CompactPlan {
  const { out, scratch, lanes, memory, startedAt, run, lineage, properties, command } = plan;
  const { dataset } = newest;
  const version = compactName(newest);
  const named = { date: logicalDate(newest.date, startedAt, newest.timeZone), run, dataset, version };
  return {
    ...{ dataset, version, from: undefined, tags: [], alias: undefined, properties },
    ...writtenAs(newest),
    ...{ out, scratch, lanes, memory, startedAt, run, lineage, command },
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
