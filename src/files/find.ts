import pLimit from 'p-limit';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import type { VersionStore } from '../core/destination.js';
import type { DescribeFile, DescribedColumn, FileDescription } from '../core/format.js';
import type { ForeignFile } from '../core/source.js';
import type { Column } from '../core/types.js';
import { formatOf } from '../shard/registry.js';
import type { FoundFiles, FoundTable, ListedFile, ListedTable } from './found.js';
import { assertPlainFolders } from './folder-listing.js';
import type { FilePlace } from './place.js';
import { listFiles } from './listing.js';

/** Footers that are read at the same time. */
const atATime = 8;

/** The format of files that engines write. */
const format = 'parquet';

interface Looked {
  readonly file: ForeignFile;
  readonly description: FileDescription;
}

/**
 * Looks at all files of a location, by their footers: no row is read.
 * @throws request.invalid where there are none, or their columns differ; verification.failed where a file is not what its engine has told of
 *   it, or none that can be read; source.unsupported for a type that cannot be kept; destination.*
 */
export async function findFiles(location: string, { owner, store }: FilePlace): Promise<FoundFiles> {
  const { listedBy, tables, warnings } = await listFiles(store, store.resolve(location));
  const describe = await formatOf(format).loadDescriber!();
  const kind = 'destination' in owner ? owner.destination : undefined;
  const limit = pLimit(atATime);
  const looked = await Promise.all(
    tables.map(({ files }) => Promise.all(files.map((file) => limit(() => lookAt({ kind, store }, file, describe))))),
  );
  const all = looked.flat().map(({ description }) => description);
  return {
    store: owner,
    format,
    listedBy,
    tables: tables.map((table, index) => foundTable(table, looked[index]!)),
    writers: unique(all.flatMap(({ createdBy }) => createdBy ?? [])),
    codecs: unique(all.flatMap(({ codecs }) => codecs)),
    largestRowGroup: all.reduce((most, { largestRowGroup }) => Math.max(most, largestRowGroup), 0),
    warnings,
  };
}

/** What is found where an engine has written no file, since there are no rows. */
export const foundNothing = ({ owner }: FilePlace): FoundFiles => ({
  ...{ store: owner, format, listedBy: 'folder' },
  ...{ tables: [{ name: '', columns: [], files: [] }], writers: [], codecs: [], largestRowGroup: 0, warnings: [] },
});

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

async function lookAt(
  { kind, store }: { readonly kind: string | undefined; readonly store: VersionStore },
  listed: ListedFile,
  describe: DescribeFile,
): Promise<Looked> {
  const { path, location } = listed;
  const file = await store.open(location);
  if (file?.size === undefined) throw notAsTold(path, 'is listed, and is not there');
  try {
    const { size: bytes, state } = file;
    if (listed.bytes !== undefined && listed.bytes !== bytes)
      throw notAsTold(path, `has ${bytes} bytes, and its engine tells ${listed.bytes}`);
    if (bytes === 0)
      throw new TidemarkError(
        'verification.failed',
        `${path} is empty: 0 bytes, where a Parquet file without rows has some`,
        {
          hint: 'Have its engine write it again, or remove it where it is none of its files.',
        },
      );
    const description = await describe(file, bytes).catch((thrown: unknown) => {
      throw ofFile(path, thrown);
    });
    const { rows, rowGroups, dictionaries } = description;
    if (listed.rows !== undefined && listed.rows !== rows)
      throw notAsTold(path, `has ${rows} rows, and its engine tells ${listed.rows}`);
    return { file: { path, store: kind, location, state, bytes, rows, rowGroups, dictionaries }, description };
  } finally {
    await file.close();
  }
}

function foundTable({ name }: ListedTable, looked: readonly Looked[]): FoundTable {
  const [first, ...others] = looked;
  // Of an UNLOAD without rows; what columns it would have, nobody knows.
  if (first === undefined) return { name, columns: [], files: [] };
  const { columns } = first.description;
  assertNames(columns, first.file);
  assertPlainFolders(
    looked.map(({ file }) => file),
    columns.map((column) => column.name),
  );
  for (const { file, description } of others) assertSameColumns([first.file, columns], [file, description.columns]);
  return { name, columns: columns.map(columnOf), files: looked.map(({ file }) => file) };
}

function columnOf({ name, stored, type, widened, note }: DescribedColumn): Column {
  return {
    name,
    sourceType: stored,
    type,
    storedAs: stored,
    wire: 'arrow',
    exactness: widened ? 'widened' : 'exact',
    redacted: false,
    ...(note !== undefined && { note }),
  };
}

function assertNames(columns: readonly DescribedColumn[], { path }: ForeignFile): void {
  if (columns.length === 0) throw invalidRequest(`location: ${path} has no columns`, sameColumns);
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw invalidRequest(
      `location: ${path} has two columns "${twice}"`,
      'Have its engine write them under names that differ.',
    );
}

const sameColumns = 'All files of a table have the same columns: adopt those that differ by themselves.';

type OfFile = readonly [file: ForeignFile, columns: readonly DescribedColumn[]];

function assertSameColumns([first, expected]: OfFile, [other, found]: OfFile): void {
  const text = ({ name, stored }: DescribedColumn): string => `"${name}" ${stored}`;
  const at = [...expected.keys(), expected.length].find((index) => {
    const [one, two] = [expected[index], found[index]];
    return (one && text(one)) !== (two && text(two));
  });
  if (at === undefined) return;
  const say = (column: DescribedColumn | undefined): string => (column ? text(column) : 'no such column');
  throw invalidRequest(
    `location: column ${at + 1} is ${say(expected[at])} in ${first.path}, and ${say(found[at])} in ${other.path}`,
    sameColumns,
  );
}

function notAsTold(path: string, what: string): TidemarkError {
  return new TidemarkError('verification.failed', `${path} ${what}`, {
    hint: 'Something has changed the files since they were written. Have the engine write them again.',
  });
}

/** What a reader says, with the file's name. */
function ofFile(path: string, thrown: unknown): TidemarkError {
  const { code, message, hint } = TidemarkError.from(thrown);
  return new TidemarkError(code, `${path}: ${message}`, {
    ...(hint !== undefined && { hint: code === 'verification.failed' ? 'Have its engine write it again.' : hint }),
    cause: thrown,
  });
}
