import { invalidRequest } from '../../core/errors.js';
import { shellWord } from '../../core/shell-word.js';
import type { Codec } from '../../core/shard.js';
import { foldersOf } from '../../files/partition-folders.js';
import { filesDescription } from '../../files/description.js';
import type { FoundFiles } from '../../files/found.js';
import { formatOf } from '../../shard/registry.js';
import type { Plan } from '../plan.js';
import { budgets, output, writing } from './writing.js';
import { expecting } from './expecting.js';
import { freeze } from './freeze.js';
import { naming } from './naming.js';
import { problemsError } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';
import { resolvePlanFor } from './resolve.js';
import { splitting } from './splitting.js';
import type { CamelCase, OptionKey, OptionValues, SnapshotOptions } from './table.js';
import { relationName } from './tables.js';

/** Options that say of a server what files do not have. */
const ofServers = ['max-statement', 'lock-wait', 'when-lost', 'resume', 'max-rate', 'stall-limit'] as const;

const known = Object.keys({ ...naming, ...splitting, ...expecting, ...writing, ...budgets, ...output });

/** Options of an adoption. */
export const adoptKeys: readonly OptionKey[] = ['table', 'limit', ...(known as OptionKey[])].filter(
  (key): key is OptionKey => !(ofServers as readonly string[]).includes(key),
);

type AdoptKey =
  | 'table'
  | 'limit'
  | keyof typeof naming
  | keyof typeof splitting
  | keyof typeof expecting
  | keyof typeof writing
  | Exclude<keyof typeof budgets, (typeof ofServers)[number]>;

/** The options of `adopt` in the library: the names of the flags in camelCase. */
export type AdoptOptions = Pick<SnapshotOptions, CamelCase<AdoptKey>>;

/**
 * Decides an adoption: files stay as they are, unless something is asked for that makes others of their rows.
 * @param location as it was written
 * @throws request.invalid, request.unknown-key
 */
export async function resolveAdoptPlan(
  set: OptionSet,
  context: OptionContext,
  { location, found }: { readonly location: string; readonly found: FoundFiles },
): Promise<Plan> {
  if (set.problems.length > 0) throw problemsError(set.problems);
  const source = { source: filesDescription(found), url: undefined };
  assertFiles(found, location);
  const table = wantedTables(set, found);
  const command = `tidemark adopt ${shellWord(location)}`;
  const plan = await resolvePlanFor(source, { ...set, values: { ...set.values, table } }, context, command);
  if (!plan.keepsFiles || !areInFolders(plan, found)) return freeze({ ...plan, keepsFiles: false });
  const largest = found.tables.flatMap(({ files }) => files).reduce((most, { bytes }) => Math.max(most, bytes), 0);
  return freeze({
    ...plan,
    compression: codecOf(found),
    shardSize: Math.max(plan.shardSize, largest),
  });
}

/** Whether all files lie in the folders that are asked for, where any are. */
function areInFolders({ tables: works, source }: Plan, found: FoundFiles): boolean {
  return source.tables.every(({ table: wanted }, index) => {
    const { partitioning } = works[index]!;
    const table = found.tables.find(({ name }) => name === wanted);
    return partitioning === undefined || (table !== undefined && foldersOf(table, partitioning) !== undefined);
  });
}

/** @throws request.invalid */
function assertFiles({ tables }: FoundFiles, location: string): void {
  const empty = tables.find(({ files }) => files.length === 0);
  if (empty === undefined) return;
  throw invalidRequest(
    `location: ${location} lists no files: the engine has written no rows, and no columns`,
    'There is nothing to make a version of.',
  );
}

/** Those that were asked for, by their whole names or the last part of them; all, where none were. */
function wantedTables({ values }: OptionSet, { tables }: FoundFiles): NonNullable<OptionValues['table']> {
  const names = tables.map(({ name }) => name);
  if (values.table === undefined) return names.map((table) => ({ name: undefined, table }));
  return values.table.map(({ name, table }) => {
    const matches = names.includes(table) ? [table] : names.filter((one) => relationName(one) === table);
    if (matches.length === 1) return { name, table: matches[0]! };
    throw invalidRequest(
      `table: ${matches.length === 0 ? 'there is no table' : 'there are several tables'} "${table}"`,
      `Tables: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
    );
  });
}

/** What files are written with that are made of these: their own codec, where all have one that is known. */
function codecOf({ format, codecs: found }: FoundFiles): Codec {
  const { codecs } = formatOf(format);
  const names = found.map((name) => (name === 'UNCOMPRESSED' ? 'none' : name.toLowerCase()));
  const own = codecs.find((codec) => codec === names[0]);
  return names.length === 1 && own !== undefined ? own : codecs[0]!;
}
