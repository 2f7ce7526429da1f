import { TidemarkError } from '../core/errors.js';
import { checkName, type VersionName } from './names.js';
import { pad } from './logical-date.js';
import { fill, type NameValues, placeholdersOf, timeValues } from './placeholders.js';

/** Names files by their dataset and version, so that base names are unique over the dataset. */
export const defaultShardName = '{dataset}-{version}-{index}';

/**
 * The same for versions of several tables. No version's name holds `--`: where it ends can be told, so that table `orders` of
 * version `2024` has no file of the same name as version `2024-orders`.
 */
export const defaultTableShardName = '{dataset}-{version}--{table}-{index}';

const indexWidth = 5;

/** The same for versions that are split: a part's name is fenced in like a table's. */
const defaultSplitShardName = '{dataset}-{version}--{split}-{index}';
const defaultTableSplitShardName = '{dataset}-{version}--{table}--{split}-{index}';

/** Which shards a version will have, as far as their names depend on it. */
export interface ShardsToName {
  readonly tables: readonly string[];
  /** Rows are split. */
  readonly split: boolean;
}

/**
 * A shard-name template with everything filled in but `{table}`, `{split}` and `{index}`, checked for the tables that the version
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
  const kept = ['table', 'index', ...(shards.split ? ['split'] : [])];
  const filled = fill(chosen, 'name', { dataset, version, ...timeValues(chosen, values) }, kept);
  checkUnique(chosen, shards);
  for (const table of shards.tables) {
    const name = fill(filled, 'name', { split: 'a' }, ['table', 'index']);
    checkName(shardName(name, table, indexText({ group: 0, groups: 1, part: 0 })), "name: the file's name");
  }
  return filled;
}

function defaultNameOf({ tables, split }: ShardsToName): string {
  if (split) return tables.length > 1 ? defaultTableSplitShardName : defaultSplitShardName;
  return tables.length > 1 ? defaultTableShardName : defaultShardName;
}

/**
 * The name template of a part's shards: they are in a folder of the part's name, and have it in their own, since some platforms put
 * all files into one folder.
 */
export function splitShardName(name: string, split: string): string {
  return `${split}/${fill(name, 'name', { split }, ['table', 'index'])}`;
}

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
  return fill(name, 'name', { table: fileSafe(table), index });
}

/** A table's name in a file's name: `Sales.Order lines` → `Sales.Order_lines`. */
function fileSafe(table: string): string {
  return table.replace(/[^A-Za-z0-9._-]/g, '_');
}

/** @throws request.invalid with what the template lacks, and what would come of that */
function checkUnique(template: string, { tables, split }: ShardsToName): void {
  const names = placeholdersOf(template);
  const has = (name: string): boolean => names.includes(name);
  const needs: readonly [boolean, string, string][] = [
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
      !split || !has('table') || /\{table\}.*--.*\{split\}|\{split\}.*--.*\{table\}/.test(template),
      '"--" between {table} and {split}',
      'a part of one table could have files of the same name as another table',
    ],
  ];
  const [, missing, because] = needs.find(([met]) => !met) ?? [];
  if (missing !== undefined) {
    throw new TidemarkError('request.invalid', `name: "${template}" needs ${missing}, or ${because}`, {
      hint: `The default is ${defaultNameOf({ tables, split })}.`,
    });
  }
  assertTablesDiffer(tables);
}

/** Version and another name with `--` between them, whichever comes first. */
const apart = (name: string): RegExp => new RegExp(`\\{version\\}.*--.*\\{${name}\\}|\\{${name}\\}.*--.*\\{version\\}`);

function assertTablesDiffer(tables: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const table of tables) {
    // Some file systems do not tell upper from lower case.
    const safe = fileSafe(table).toLowerCase();
    const other = seen.get(safe);
    if (other !== undefined) {
      throw new TidemarkError('request.invalid', `table: "${other}" and "${table}" would have files of the same name`, {
        hint: 'Give them names that differ in letters and digits, for example --table customers=public.customers.',
      });
    }
    seen.set(safe, table);
  }
}
