import { invalidRequest } from '../../core/errors.js';
import { machineCores } from '../../machine/cores.js';
import { shellWord } from '../../core/shell-word.js';
import type { Codec } from '../../core/shard.js';
import { versionUri } from '../../core/version-uri.js';
import { compactName, type CompactPlan, shardsToName, writtenAs } from '../../compact/plan.js';
import { dateText, logicalDate } from '../../manifest/logical-date.js';
import { valohaiLineage } from '../../manifest/platform.js';
import { checkProperties } from '../../manifest/properties.js';
import type { ManifestVersion } from '../../manifest/shape.js';
import { formatOf } from '../../shard/registry.js';
import { renderOptions } from './command.js';
import { resolveOut, resolveScratch } from './folders.js';
import { freeze } from './freeze.js';
import { orProblem, problemsError } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';
import { randomName } from './run-name.js';
import { resolveName } from './shard-name.js';
import { resolveSigningKey } from './signing.js';
import type { OptionKey, SnapshotOptions } from './table.js';
import { resolveVersions, versionOf } from './versions.js';

/** Options of a merge of a chain. */
export const compactKeys = [
  'dataset',
  'out',
  'name',
  'tag',
  'alias',
  'property',
  'sign',
  'compression',
  'shard-size',
  'lanes',
  'memory',
  'scratch',
] as const satisfies readonly OptionKey[];

/** The options of `compact` in the library: the names of the flags in camelCase. */
export type CompactOptions = Pick<
  SnapshotOptions,
  | 'dataset'
  | 'out'
  | 'name'
  | 'tag'
  | 'alias'
  | 'property'
  | 'sign'
  | 'compression'
  | 'shardSize'
  | 'lanes'
  | 'memory'
  | 'scratch'
>;

/**
 * Decides the merging of a chain: what is not given is as in its newest version.
 * @param location as it was written
 * @throws request.invalid, request.unknown-key
 */
export function resolveCompactPlan(
  set: OptionSet,
  context: OptionContext,
  { location, newest }: { readonly location: string; readonly newest: ManifestVersion },
): CompactPlan {
  const problems = [...set.problems];
  const dataset = set.values.dataset ?? versionUri({ dataset: newest.dataset, version: compactName(newest) });
  const values = { ...set.values, dataset };
  const naming = { date: logicalDate(newest.date, context.now, newest.timeZone), run: randomName(context.random) };
  const versions = resolveVersions({ ...set, values }, naming, undefined, problems);
  orProblem(problems, () => checkProperties(values.property ?? {}));
  const compression = orProblem(problems, () => codecOf(newest, values.compression));
  const name =
    versions &&
    orProblem(problems, () => {
      assertAnother(versions.pattern.uri, newest);
      return resolveName(values.name, naming, versions.pattern, shardsToName(newest));
    });
  const signingKey = orProblem(problems, () => resolveSigningKey(values, context.env));
  if (problems.length > 0 || versions === undefined || name === undefined || compression === undefined)
    throw problemsError(problems);
  return freeze({
    ...versionOf(versions.first),
    signingKey,
    out: resolveOut(set, context),
    scratch: resolveScratch(set, context),
    name,
    ...writtenAs(newest),
    compression,
    ...(values['shard-size'] !== undefined && { shardSize: values['shard-size'] }),
    lanes: values.lanes ?? 'auto',
    cores: machineCores(context.env),
    memory: values.memory,
    startedAt: context.now,
    run: naming.run,
    lineage: valohaiLineage(context.env),
    command: [
      `tidemark compact ${shellWord(location)}`,
      ...renderOptions(
        { ...set, values },
        { uri: versions.pattern.uri, date: dateText(naming.date), parameters: [] },
        compactKeys,
      ),
    ].join(' '),
    warnings: [...set.warnings, ...versions.warnings],
  });
}

function codecOf({ format, compression }: ManifestVersion, given: Codec | undefined): Codec {
  const { codecs } = formatOf(format);
  if (given === undefined || codecs.includes(given)) return given ?? compression;
  throw invalidRequest(
    `compression: ${format} files cannot be ${given} (allowed: ${codecs.join(', ')})`,
    'Leave it out: then it is that of the newest version.',
  );
}

/** A version is immutable: what was merged is another one. */
function assertAnother(uri: string, newest: ManifestVersion): void {
  const chain = [newest.uri, ...(newest.inherits ?? []).map((one) => one.uri)];
  if (!chain.includes(uri)) return;
  throw invalidRequest(
    `dataset: ${uri} is a version of the chain that is to be merged`,
    `Give the merged version a name of its own, or leave --dataset out: it is ${versionUri({ dataset: newest.dataset, version: compactName(newest) })} then.`,
  );
}
