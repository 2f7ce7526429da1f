import * as z from 'zod';
import type { VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { filesBelow } from './folder-listing.js';
import type { ListedFile, ListedTable } from './found.js';

/** What an export of RDS or Aurora leaves in its folder: one file about the export, others about its tables, a thousand each. */
const infoName = /^export_info_.*\.json$/;
const tablesName = /^export_tables_info_.*\.json$/;

const infoShape = z.object({ status: z.string(), exportOnly: z.array(z.string()).optional() });
const tablesShape = z.object({
  perTableStatus: z.array(z.object({ target: z.string(), status: z.string(), warningMessage: z.string().nullish() })),
});

/** The tables of an export, and what it says of them. */
export interface RdsExport {
  readonly tables: readonly ListedTable[];
  readonly warnings: readonly string[];
}

/**
 * The tables that an export of RDS or Aurora says that it has written. Undefined: it is no such folder.
 *
 * It passes over tables whose columns have names that it cannot write, and over the largest rows: what it lists and has no files for is
 * an error, and what it does not list nobody can see here.
 * @param files names of the files that lie in the folder itself
 * @throws verification.failed where a table that it lists is not complete
 */
export async function listedByRds(
  store: VersionStore,
  folder: string,
  files: readonly string[],
): Promise<RdsExport | undefined> {
  const info = files.find((name) => infoName.test(name));
  if (info === undefined) return undefined;
  const { status } = await readJson(store, store.join(folder, info), infoShape);
  if (status !== 'COMPLETE') throw incomplete(`the export is ${status}, and not COMPLETE`);
  const told = await Promise.all(
    files.filter((name) => tablesName.test(name)).map((name) => readJson(store, store.join(folder, name), tablesShape)),
  );
  const tables: ListedTable[] = [];
  const warnings = [
    'an export of RDS or Aurora passes over some tables without a word: compare its tables with those of the database',
  ];
  for (const { target, status: state, warningMessage } of told.flatMap(({ perTableStatus }) => perTableStatus)) {
    if (state !== 'COMPLETE') throw incomplete(`the table ${target} is ${state}, and not COMPLETE`);
    if (warningMessage) warnings.push(`${target}: ${warningMessage}`);
    const found = await filesOf(store, folder, target);
    if (found.length === 0) throw incomplete(`the table ${target} is listed, and has no files`);
    tables.push({ name: target, files: found });
  }
  if (tables.length === 0) throw incomplete('the export lists no tables');
  return { tables, warnings };
}

/** Below `database/schema.table/`; of databases without schemas, `database/database.table/`. */
async function filesOf(store: VersionStore, folder: string, target: string): Promise<readonly ListedFile[]> {
  const [database = '', ...rest] = target.split('.');
  const name = rest.length > 1 ? rest.join('.') : target;
  const place = store.join(store.join(folder, database), name);
  return (await store.kindOf(place)) === 'folder' ? filesBelow(store, place) : [];
}

async function readJson<T>(store: VersionStore, location: string, shape: z.ZodType<T>): Promise<T> {
  const text = await store.read(location);
  try {
    return shape.parse(JSON.parse(Buffer.from(text ?? []).toString('utf8')));
  } catch (cause) {
    throw new TidemarkError('verification.failed', `${location} is not what an export of RDS writes`, {
      hint: 'Fetch it again, or name the folder of one table.',
      cause,
    });
  }
}

function incomplete(what: string): TidemarkError {
  return new TidemarkError('verification.failed', what, {
    hint: 'Wait until the export has ended, or begin it again; the folder of one table can be adopted by itself.',
  });
}
