import { TidemarkError } from '../core/errors.js';
import { checkName, type VersionName } from './names.js';
import { pad } from './moment.js';
import { fill, type NameValues, placeholdersOf, timeValues } from './placeholders.js';

/** Names files by their dataset and version, so that base names are unique over the dataset. */
export const defaultShardName = '{dataset}-{version}-{index}';

/** The same for versions of several tables. */
export const defaultTableShardName = '{dataset}-{version}-{table}-{index}';

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
  const chosen = template ?? (tables.length > 1 ? defaultTableShardName : defaultShardName);
  const { dataset, version } = values;
  const filled = fill(chosen, 'name', { dataset, version, ...timeValues(chosen, values) }, ['table', 'index']);
  checkUnique(chosen, tables);
  for (const table of tables) checkName(shardName(filled, table, 0), "name: the file's name");
  return filled;
}

/**
 * The file names of a version's shards, by table, in the order of the tables' shards.
 *
 * @param name as `resolveShardName` gave it
 * @param ending with its dot
 */
export function shardNames(
  name: string,
  tables: readonly { readonly name: string; readonly shards: number }[],
  ending: string,
): readonly (readonly string[])[] {
  return tables.map((table) =>
    Array.from({ length: table.shards }, (_, index) => `${shardName(name, table.name, index)}${ending}`),
  );
}

function shardName(name: string, table: string, index: number): string {
  return fill(name, 'name', { table: fileSafe(table), index: pad(index, indexWidth) });
}

/** A table's name in a file's name: `Sales.Order lines` → `Sales.Order_lines`. */
function fileSafe(table: string): string {
  return table.replace(/[^A-Za-z0-9._-]/g, '_');
}

function checkUnique(template: string, tables: readonly string[]): void {
  const names = placeholdersOf(template);
  if (!names.includes('version') && !names.includes('run')) {
    throw notUnique(template, '{version} or {run}', 'two versions of the dataset would have files of the same name');
  }
  if (!names.includes('index')) {
    throw notUnique(template, '{index}', 'two shards of the version would have the same name');
  }
  if (tables.length > 1 && !names.includes('table')) {
    throw notUnique(
      template,
      '{table}',
      `the ${tables.length} tables of the version would have files of the same name`,
    );
  }
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

function notUnique(template: string, missing: string, because: string): TidemarkError {
  return new TidemarkError('request.invalid', `name: "${template}" needs ${missing}: without it ${because}`, {
    hint: `The default is ${defaultShardName}.`,
  });
}
