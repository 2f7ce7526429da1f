import { isTooLong, partitionName, type PartitionValues, partitionsIn } from '../core/target-place.js';
import type { Column, LogicalType } from '../core/types.js';
import type { Partitioning } from '../partition/partitioning.js';

/** Files of a table, by their paths. */
export interface FilesInFolders {
  readonly columns: readonly Column[];
  readonly files: readonly { readonly path: string }[];
}

/** Whether files of another engine can be those of such partitions: they have the columns, and folders are of whole values. */
export const canBeKept = ({ by, columns }: Partitioning): boolean =>
  columns === 'files' && by.every(({ unit }) => unit === undefined);

/**
 * The partitions that files lie in, as an engine has named their folders. Whether their rows are of these, only rows say.
 * @returns by file; undefined where folders are not those that are asked for, in their order, or of values that have no one text
 */
export function foldersOf(
  { columns, files }: FilesInFolders,
  partitioning: Partitioning,
): readonly PartitionValues[] | undefined {
  if (!canBeKept(partitioning)) return undefined;
  const wanted = partitioning.by.map((one): WantedFolder => [partitionName(one), typeOf(one.column, columns)]);
  const found: PartitionValues[] = [];
  for (const { path } of files) {
    const partition = partitionOf(partitionsIn(path), wanted);
    if (partition === undefined) return undefined;
    found.push(partition);
  }
  return found;
}

type WantedFolder = readonly [name: string, type: LogicalType | undefined];

function partitionOf(
  folders: ReturnType<typeof partitionsIn>,
  wanted: readonly WantedFolder[],
): PartitionValues | undefined {
  if (folders.length !== wanted.length) return undefined;
  const values: [string, string | null][] = [];
  for (const [level, [name, type]] of wanted.entries()) {
    const [given, text] = folders[level]!;
    const value = text === null ? null : valueText(text, type);
    // What is too long for a folder's name here, rows tell of.
    if (given !== name || value === undefined || isTooLong(name, value)) return undefined;
    values.push([name, value]);
  }
  return Object.fromEntries(values);
}

const typeOf = (name: string, columns: readonly Column[]): LogicalType | undefined =>
  columns.find((column) => column.name === name)?.type;

const booleans: Readonly<Record<string, string>> = { true: 'true', t: 'true', false: 'false', f: 'false' };

/** Whether it is a day of the years 1 to 9999. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return (
    /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) && day.getTime() === day.getTime() && day.toISOString().startsWith(text)
  );
}

/** The text that stands for a value here, of the one that an engine has written; undefined: it may be written in several ways. */
function valueText(text: string, type: LogicalType | undefined): string | undefined {
  switch (type?.kind) {
    case 'text':
      return text;
    case 'int':
      return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(type.bits, BigInt(text)) === BigInt(text)
        ? String(BigInt(text))
        : undefined;
    case 'bool':
      return booleans[text.toLowerCase()];
    case 'date':
      return isDay(text) ? text : undefined;
    default:
      return undefined;
  }
}
