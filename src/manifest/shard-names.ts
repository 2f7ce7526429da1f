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

/**
 * A shard-name template with everything filled in but `{table}` and `{index}`, checked for the tables that the version
 * will have. The format's ending is not part of it.
 *
 * @param template undefined: the default for that many tables
 * @throws request.invalid where two shards of the dataset could get the same name
 */
export function resolveShardName(
  template: string | undefined,
  values: NameValues & Pick<VersionName, 'dataset' | 'version'>,
  tables: readonly string[],
): string {
  const chosen = template ?? defaultNameOf(tables);
  const { dataset, version } = values;
  const filled = fill(chosen, 'name', { dataset, version, ...timeValues(chosen, values) }, ['table', 'index']);
  checkUnique(chosen, tables);
  for (const table of tables)
    checkName(shardName(filled, table, indexText({ group: 0, groups: 1, part: 0 })), "name: the file's name");
  return filled;
}

const defaultNameOf = (tables: readonly string[]): string =>
  tables.length > 1 ? defaultTableShardName : defaultShardName;

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
function checkUnique(template: string, tables: readonly string[]): void {
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
      /(^|[-._])\{index\}($|[-._])/.test(template),
      '"-", "." or "_" on each side of {index}',
      'an index could be taken for a part of a name',
    ],
    [
      !has('table') || has('run') || apart.test(template),
      '"--" between {version} and {table}',
      'a table of one version could have files of the same name as another version',
    ],
  ];
  const [, missing, because] = needs.find(([met]) => !met) ?? [];
  if (missing !== undefined) {
    throw new TidemarkError('request.invalid', `name: "${template}" needs ${missing}, or ${because}`, {
      hint: `The default is ${defaultNameOf(tables)}.`,
    });
  }
  assertTablesDiffer(tables);
}

/** Version and table with `--` between them, whichever comes first. */
const apart = /\{version\}.*--.*\{table\}|\{table\}.*--.*\{version\}/;

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
