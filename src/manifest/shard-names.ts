import { TidemarkError } from '../core/errors.js';
import { checkName, type VersionName } from './names.js';
import { pad } from './logical-date.js';
import { type PartitionValues, targetKey, type TargetPlace } from '../core/target-place.js';
import { sha256 } from './canonical.js';
import { fill, type NameValues, placeholdersOf, timeValues } from './placeholders.js';

/** Names files by their dataset and version, so that base names are unique over the dataset. */
export const defaultShardName = '{dataset}-{version}-{index}';

/**
 * The same for versions of several tables. No version's name holds `--`: where it ends can be told, so that table `orders` of
 * version `2024` has no file of the same name as version `2024-orders`.
 */
export const defaultTableShardName = '{dataset}-{version}--{table}-{index}';

const indexWidth = 5;

/** Which shards a version will have, as far as their names depend on it. */
export interface ShardsToName {
  readonly tables: readonly string[];
  /** Rows are split: `files` of all parts are in one version; or each part is one of `versions`, whose names have `{split}`. */
  readonly split: 'no' | 'files' | 'versions';
  /** Rows are in partitions. */
  readonly partition: boolean;
  /** Each table, part and partition is one file, whose name need not be another one in every version. */
  readonly single?: boolean;
}

/**
 * A shard-name template with everything filled in but `{table}`, `{split}`, `{partition}` and `{index}`, checked for the tables that the version
 * will have. The format's ending is not part of it.
 *
 * @param template undefined: the default for that many tables
 * @throws request.invalid where two shards of the dataset could get the same name
 */
export function resolveShardName(
  template: string | undefined,
  values: NameValues & Pick<VersionName, 'dataset' | 'version'>,
  shards: ShardsToName,
): string {
  const chosen = template ?? defaultNameOf(shards);
  const { dataset, version } = values;
  const kept = [
    'table',
    'index',
    ...(shards.split === 'no' ? [] : ['split']),
    ...(shards.partition ? ['partition'] : []),
  ];
  const filled = fill(chosen, 'name', { dataset, version, ...timeValues(chosen, values) }, kept);
  checkUnique(chosen, shards);
  for (const table of shards.tables) {
    const name = fill(filled, 'name', { split: 'a', partition: 'a-b' }, ['table', 'index']);
    checkName(shardName(name, table, indexText({ group: 0, groups: 1, part: 0 })), "name: the file's name");
  }
  return filled;
}

/** Parts of a split and partitions are fenced in like tables. */
function defaultNameOf({ tables, split, partition, single }: ShardsToName): string {
  const within = [
    ...(tables.length > 1 ? ['{table}'] : []),
    ...(split === 'files' ? ['{split}'] : []),
    ...(partition ? ['{partition}'] : []),
  ];
  if (single) return within.join('--') || '{dataset}-{version}';
  if (split !== 'files' && !partition) return tables.length > 1 ? defaultTableShardName : defaultShardName;
  return `${['{dataset}-{version}', ...within].join('--')}-{index}`;
}

/** The name template of a table's shards: of several tables each has a folder of its own. */
export function tableShardName(name: string, table: string, tables: number): string {
  return tables === 1 ? name : `${folderSafe(table)}/${name}`;
}

/**
 * The name template of a target's shards: they are in its folders, and have them in their own names, since some platforms put all
 * files into one folder.
 * @param name as `tableShardName` gave it
 * @param outermost `part`: the folder of the part is around that of the table, so that it can be taken apart
 */
export function targetShardName(name: string, place: TargetPlace, outermost: 'table' | 'part' = 'table'): string {
  const { split = '', partition = {} } = place;
  const at = name.lastIndexOf('/') + 1;
  const base = fill(name.slice(at), 'name', { split, partition: partitionText(partition) }, ['table', 'index']);
  const table = name.slice(0, Math.max(0, at - 1));
  const [first, ...rest] = targetKey(place).split('/');
  const folders = outermost === 'part' ? [first!, table, ...rest] : [table, first!, ...rest];
  return [...folders, base].filter((part) => part !== '').join('/');
}

/** The longest text of a partition in a file's name: there is more in it, and file systems take 255 bytes. */
const longestPartition = 80;

/**
 * `country-DE--day-2024-03-15`. Where that would not be safe in a file's name, or not be this partition's alone, there are
 * 16 digits of a hash of the partition at its end.
 */
function partitionText(partition: PartitionValues): string {
  // A table without partitions, beside others that have them.
  if (Object.keys(partition).length === 0) return 'all';
  const text = Object.entries(partition)
    .map(([name, value]) => `${name}-${value ?? 'null'}`)
    .join('--');
  const plain = Object.values(partition).every((value) => value !== null && value !== 'null' && plainValue.test(value));
  if (plain && text.length <= longestPartition && plainName.test(text)) return text;
  const safe = text.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, longestPartition);
  return `${safe}-${sha256(targetKey({ partition })).slice(0, 16)}`;
}

const plainName = /^[A-Za-z0-9._-]+$/;
/** Capitals are not told from small letters by every file system. */
const plainValue = /^[a-z0-9._]+(?:-[a-z0-9._]+)*$|^[A-Z0-9._]+(?:-[A-Z0-9._]+)*$/;

/** Which shard of a table it is. Known before its first byte, since not every destination can rename. */
export interface ShardIndex {
  /** Which of the table's file groups, and how many there are. */
  readonly group: number;
  readonly groups: number;
  /** Which file of the group. */
  readonly part: number;
}

/**
 * The file name of a shard. Sorted by name, a table's shards are in the order of their rows.
 *
 * @param name as `resolveShardName` gave it
 * @param ending with its dot
 */
export function shardPath(name: string, table: string, index: ShardIndex, ending: string): string {
  return `${shardName(name, table, indexText(index))}${ending}`;
}

/** `00017`; a group's second file is `00017p00001`. Of a table that is one group the files are simply counted. */
function indexText({ group, groups, part }: ShardIndex): string {
  if (groups === 1) return pad(part, indexWidth);
  return part === 0 ? pad(group, indexWidth) : `${pad(group, indexWidth)}p${pad(part, indexWidth)}`;
}

function shardName(name: string, table: string, index: string): string {
  // Names of folders are values of the data: what stands in braces there is no placeholder.
  const base = name.lastIndexOf('/') + 1;
  return name.slice(0, base) + fill(name.slice(base), 'name', { table: fileSafe(table), index });
}

/** A table's name in a file's name: `Sales.Order lines` → `Sales.Order_lines`. */
function fileSafe(table: string): string {
  return table.replace(/[^A-Za-z0-9._-]/g, '_');
}

/** The name of a table's folder: readers pass over those that begin with a dot or an underscore. */
export function folderSafe(table: string): string {
  return fileSafe(table).replace(/^[._]+/, '') || 'table';
}

/** @throws request.invalid with what the template lacks, and what would come of that */
function checkUnique(template: string, shards: ShardsToName): void {
  const names = placeholdersOf(template);
  const needs = shards.single ? singleNeeds(names, shards) : indexedNeeds(template, names, shards);
  const [, missing, because] = needs.find(([met]) => !met) ?? [];
  if (missing !== undefined) {
    throw new TidemarkError('request.invalid', `name: "${template}" needs ${missing}, or ${because}`, {
      hint: `The default is ${defaultNameOf(shards)}.`,
    });
  }
  assertTablesDiffer(shards.tables);
}

/** What a name needs: whether it has that, what it is, and what would come of it. */
type Need = readonly [met: boolean, what: string, because: string];

/** Of names that are to be others in every version, and for every shard. */
function indexedNeeds(template: string, names: readonly string[], shards: ShardsToName): readonly Need[] {
  const { tables, partition } = shards;
  const split = shards.split === 'files';
  const has = (name: string): boolean => names.includes(name);
  return [
    [
      has('version') || has('run'),
      '{version} or {run}',
      'two versions of the dataset would have files of the same name',
    ],
    [has('index'), '{index}', 'two shards of the version would have the same name'],
    [
      names.filter((name) => name === 'index').length < 2,
      'no second {index}',
      'an index could be taken for a part of a name',
    ],
    [
      tables.length <= 1 || has('table'),
      '{table}',
      `the ${tables.length} tables of the version would have files of the same name`,
    ],
    [
      !split || has('split'),
      '{split}',
      'files of two parts of the split would have the same name where all are in one folder',
    ],
    [
      !partition || has('partition'),
      '{partition}',
      'files of two partitions would have the same name where all are in one folder',
    ],
    [
      /(^|[-._])\{index\}($|[-._])/.test(template),
      '"-", "." or "_" on each side of {index}',
      'an index could be taken for a part of a name',
    ],
    [
      !has('table') || has('run') || apart('table').test(template),
      '"--" between {version} and {table}',
      'a table of one version could have files of the same name as another version',
    ],
    [
      !split || has('run') || apart('split').test(template),
      '"--" between {version} and {split}',
      'a part of one version could have files of the same name as another version',
    ],
    [
      !partition || has('run') || apart('partition').test(template),
      '"--" between {version} and {partition}',
      'a partition of one version could have files of the same name as another version',
    ],
    [
      !partition ||
        (['table', 'split'] as const).every((other) => !has(other) || fenced(other, 'partition').test(template)),
      '"--" on each side of {partition}',
      'a partition could have files of the same name as another one',
    ],
    [
      !split || !has('table') || fenced('table', 'split').test(template),
      '"--" between {table} and {split}',
      'a part of one table could have files of the same name as another table',
    ],
  ];
}

/** What names of single files need. */
function singleNeeds(names: readonly string[], { tables, split, partition }: ShardsToName): readonly Need[] {
  const has = (name: string): boolean => names.includes(name);
  const one = 'there is one file, which has none';
  return [
    [!has('index'), 'no {index}', one],
    [tables.length <= 1 || has('table'), '{table}', `the ${tables.length} tables would have files of the same name`],
    [split !== 'files' || has('split'), '{split}', 'two parts of the split would have files of the same name'],
    [!partition || has('partition'), '{partition}', 'two partitions would have files of the same name'],
  ];
}

/** Two names with `--` between them, whichever comes first. */
const fenced = (one: string, other: string): RegExp =>
  new RegExp(`\\{${one}\\}.*--.*\\{${other}\\}|\\{${other}\\}.*--.*\\{${one}\\}`);
const apart = (name: string): RegExp => fenced('version', name);

function assertTablesDiffer(tables: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const table of tables) {
    // Some file systems do not tell upper from lower case.
    const safe = folderSafe(table).toLowerCase();
    const other = seen.get(safe);
    if (other !== undefined) {
      throw new TidemarkError('request.invalid', `table: "${other}" and "${table}" would have files of the same name`, {
        hint: 'Give them names that differ in letters and digits, for example --table customers=public.customers.',
      });
    }
    seen.set(safe, table);
  }
}
