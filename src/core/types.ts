import { Field, Schema } from 'apache-arrow';
import { columnFlag } from './option-name.js';
import type { LogicalType } from './logical-type.js';
import { arrowType, extensionMetadata } from './type-table.js';

export type { LogicalType } from './logical-type.js';
export { typeName } from './type-table.js';

/** Whether every value arrives as it was: `widened` changes the type but no value, `lossy` replaced some, and `masked` all, as the run was asked to. */
export type Exactness = 'exact' | 'widened' | 'lossy' | 'masked';

/** What is written in place of a column's values, as the run was asked to. docs/masks.md. */
export type Mask = 'hash' | 'redact' | 'null' | 'year';

/** What values of a nested column are made of: the elements of arrays, the fields of composites, the bounds of ranges. */
export interface ColumnPart {
  readonly name: string;
  /** As the server names it. */
  readonly sourceType: string;
  readonly type: LogicalType;
  /** As {@link Column.wire}. */
  readonly wire: string;
  /** The number by which values name its type, where they do. */
  readonly typeId?: number;
  readonly parts?: readonly ColumnPart[];
}

/** A column of a table or query, as the source describes it and as it is written. One line of the type ledger. */
export interface Column {
  readonly name: string;
  /** The type as the server names it, e.g. `numeric(15,2)`. */
  readonly sourceType: string;
  readonly type: LogicalType;
  /** The format's name of the type that files have it in which another engine wrote. Absent: files are written here. */
  readonly storedAs?: string;
  /** Which of the source's decoders reads its bytes; a key of that source's own table. */
  readonly wire: string;
  /** What its values are made of, where the source reads them apart. */
  readonly parts?: readonly ColumnPart[];
  readonly exactness: Exactness;
  /** For people: why the type is not the obvious one, or what the user asked for. */
  readonly note?: string;
  /** Its numbers are kept as text, since their type says too little of their digits: the form of a `--cast` that makes numbers of them. */
  readonly castTo?: string;
  /** The `--cast` that chose the type. */
  readonly cast?: string;
  /** It is kept as text, and values that are equal may have different ones, as numeric 29 and 29.00 have: it is no key. */
  readonly manyTexts?: true;
  /** Values (minima, maxima, examples) of this column stay out of statistics, manifest, metadata and messages. */
  readonly redacted: boolean;
  /** Why, where nobody asked for it. */
  readonly redactedBecause?: string;
  /** What is done with its values before they are written. */
  readonly mask?: Mask;
  /** What was done with its values: it is a masked column as it is written. */
  readonly masked?: Mask;
  /** Its values stand in the names of folders, and not in files. */
  readonly inPath?: true;
  /** It is read, for what is counted of rows or decides where they go, and not written. */
  readonly hidden?: true;
  /** Hidden: its values are ids of transactions that a later run must know, or 0. */
  readonly transaction?: true;
  /** Hidden: 1 marks a row that a later run may read again, 2 one that an earlier version may have, 3 both, 0 neither. */
  readonly overlap?: true;
}

/** What to do about a column of {@link Column.manyTexts}. */
export const castToOneForm = (name: string): string =>
  `Cast it to a type that has one form for each value: ${columnFlag('cast', name, 'decimal(20,2)')} where it is numeric, otherwise in the query.`;

/** The columns that are written, of those that are read; masked ones as they are written. */
export function writtenColumns(columns: readonly Column[]): readonly Column[] {
  return columns.filter((column) => !column.hidden).map(maskedColumn);
}

/** Where columns are; −1 for one that is not there. */
export function indicesOf(names: readonly string[], columns: readonly Pick<Column, 'name'>[]): readonly number[] {
  return names.map((name) => columns.findIndex((column) => column.name === name));
}

/** The columns that files have, of those that are written. */
export function storedColumns(written: readonly Column[]): readonly Column[] {
  return written.some(({ inPath }) => inPath) ? written.filter(({ inPath }) => !inPath) : written;
}

const maskNotes = {
  hash: 'a keyed hash of the value',
  redact: '*** in place of the value',
  null: 'NULL in place of the value',
  year: 'the year of the value',
} as const;

/** A column that is masked, as it is written; others as they are. */
function maskedColumn({ mask, ...column }: Column): Column {
  if (mask === undefined) return column;
  const type = maskedType(column.type, mask);
  return { ...column, type, masked: mask, exactness: 'masked', note: `masked: ${maskNotes[mask]}` };
}

function maskedType(type: LogicalType, mask: Mask): LogicalType {
  if (mask === 'null') return type;
  return mask === 'year' ? { kind: 'int', bits: 32 } : { kind: 'text' };
}

/**
 * The Arrow schema of columns. Every field is nullable: whether a source column may hold NULL can change between two
 * versions of a dataset, and their files must still be read as one. `uuid` and `json` carry Arrow's canonical extension
 * names in the field's metadata, from which the Parquet writer takes the UUID and JSON annotations.
 */
export function arrowSchema(columns: readonly Pick<Column, 'name' | 'type'>[]): Schema {
  return new Schema(
    columns.map((column) => new Field(column.name, arrowType(column.type), true, extensionMetadata(column.type))),
  );
}
