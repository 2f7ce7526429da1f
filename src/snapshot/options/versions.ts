import { invalidRequest } from '../../core/errors.js';
import type { NamedVersion } from '../../manifest/build-input.js';
import { resolveVersionName, type VersionName, parseVersionUri } from '../../manifest/names.js';
import { fill, fillText, type NameValues, placeholdersOf, timeValues } from '../../manifest/placeholders.js';
import { splitNames, type Split } from '../../partition/split.js';
import type { PlannedVersion } from '../plan.js';
import { orProblem, type Problem } from './problems.js';
import type { OptionSet } from './read.js';
import type { OptionValues } from './table.js';
import { relationName } from './tables.js';

/** The versions that a run makes: one, or one for each part of a split. */
export interface ResolvedVersions {
  readonly first: PlannedVersion;
  /** One for each part of the split, in its order; empty: there is one version. */
  readonly parts: readonly PlannedVersion[];
  /** As it stands in the command that makes them again, and in names of files: where there are parts, with `{split}`. */
  readonly pattern: VersionName;
  readonly warnings: readonly string[];
}

/**
 * Names the versions, and fills in what is said of each. Undefined: the dataset is missing, or what is wrong is among the problems.
 */
export function resolveVersions(
  set: OptionSet,
  naming: NameValues,
  split: Split | undefined,
  problems: Problem[],
): ResolvedVersions | undefined {
  const { values, origins } = set;
  if (values.dataset === undefined) {
    if (!origins.has('dataset')) problems.push(missingDataset(values));
    return undefined;
  }
  const template = templateOf(values.dataset, values);
  return orProblem(problems, () => {
    const perPart = placeholdersOf(template).includes('split');
    if (!perPart) return oneVersion(values, template, naming);
    if (split === undefined) {
      throw invalidRequest(
        `dataset: "${template}" has {split}, and there is no split`,
        'Give --split, or leave {split} out.',
      );
    }
    return versionOfEachPart(values, template, naming, splitNames(split));
  });
}

/** What a plan says of a version, whichever part it is of. */
export function versionOf({ split: _, ...version }: PlannedVersion): NamedVersion {
  return version;
}

/** Where nothing says how the parts' versions differ, the part stands before the version's name. */
function templateOf(dataset: string, values: OptionValues): string {
  if (!values['split-datasets'] || placeholdersOf(dataset).includes('split')) return dataset;
  return dataset.replace(/\/([^/]+)$/, '/{split}-$1');
}

function oneVersion(values: OptionValues, template: string, naming: NameValues): ResolvedVersions {
  const { warnings, ...name } = resolveVersionName(template, naming, { dated: values.date !== undefined });
  return { first: plannedVersion(values, naming, name), parts: [], pattern: name, warnings };
}

function versionOfEachPart(
  values: OptionValues,
  template: string,
  naming: NameValues,
  names: readonly string[],
): ResolvedVersions {
  const dated = values.date !== undefined;
  const resolved = names.map((split) => ({ split, ...resolveVersionName(template, naming, { dated, split }) }));
  const parts = resolved.map(({ split, ...name }) => plannedVersion(values, naming, name, split));
  const datasets = new Set(parts.map(({ dataset }) => dataset));
  for (const key of ['alias', 'from'] as const) {
    const given = values[key];
    const shared = given !== undefined && !placeholdersOf(given).includes('split');
    if (!shared || (key === 'alias' && datasets.size === parts.length)) continue;
    throw invalidRequest(
      `${key}: ${given} is one for the versions ${parts.map(({ version }) => version).join(', ')}`,
      `Write {split} where the part stands: --${key} '${key === 'alias' ? `{split}-${given}` : given.replace(/\/([^/]+)$/, '/{split}-$1')}'.`,
    );
  }
  const uri = fill(template, 'dataset', timeValues(template, naming), ['split']);
  const [dataset, version] = uri.slice('dataset://'.length).split('/') as [string, string];
  return { first: parts[0]!, parts, pattern: { dataset, version, uri }, warnings: resolved[0]!.warnings };
}

function plannedVersion(
  values: OptionValues,
  naming: NameValues,
  { dataset, version, uri }: VersionName,
  split?: string,
): PlannedVersion {
  const part = split === undefined ? {} : { split };
  const ofPart = (text: string, key: string): string => {
    if (split !== undefined) return fill(text, key, { split });
    if (!text.includes('{split}')) return text;
    throw invalidRequest(
      `${key}: "${text}" has {split}, and one version has all parts`,
      'Add --split-datasets, or leave {split} out.',
    );
  };
  const from = values.from === undefined ? undefined : ofPart(values.from, 'from');
  if (from !== undefined) parseVersionUri(from, 'from');
  if (from === uri) {
    throw invalidRequest(
      `from: ${from} is the version that is to be made`,
      'A version starts from an earlier one; name that, or leave --from out.',
    );
  }
  const filled = (text: string, key: string): string =>
    fillText(text, key, { dataset, version, ...part, ...timeValues(text, naming) });
  const properties = Object.entries(values.property ?? {}).map(([key, value]) => {
    return [key, typeof value === 'string' ? filled(value, `property ${key}`) : value] as const;
  });
  return {
    ...part,
    dataset,
    version,
    from,
    tags: (values.tag ?? []).map((text) => filled(text, 'tag')),
    alias: values.alias === undefined ? undefined : ofPart(values.alias, 'alias'),
    properties: Object.fromEntries(properties),
  };
}

function missingDataset({ table }: OptionValues): Problem {
  const name = relationName(table?.[0]?.table ?? 'customers').replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return {
    code: 'request.invalid',
    message: 'dataset is missing: the version needs a name',
    hint: `For example: --dataset 'dataset://${name}/{date}', or {quarter}, {month}, {week} in place of {date}.`,
  };
}
