import type { OpenSource, TablePlan } from '../core/source.js';
import type { UnloadedTable } from '../core/source-request.js';
import { TidemarkError } from '../core/errors.js';
import { type Column, type LogicalType, typeName } from '../core/types.js';
import { findFiles, foundNothing } from '../files/find.js';
import type { FoundFiles } from '../files/found.js';
import { asRanges, laneMemoryOf, ticketOf, withColumns } from '../files/open.js';
import { filesKind } from '../files/source.js';
import type { StagingArea } from './staging-area.js';

/**
 * A source whose database has written its rows as files, as those files: columns and moment are the source's own, ranges are files.
 * @throws verification.failed where files are not what the database tells of them; source.unsupported where they have other types
 */
export async function unloadedSource(
  source: OpenSource,
  area: Pick<StagingArea, 'owner' | 'store' | 'location'>,
): Promise<OpenSource> {
  const { unloaded } = source;
  if (unloaded === undefined) return source;
  const found: FoundFiles[] = [];
  for (const one of unloaded) found.push(await findUnloaded(one, area));
  const tables = source.tables.map((table, index) => asFiles(table, found[index]!, unloaded[index]!.texts ?? []));
  const areTold = source.tables.every(({ columns }, index) => tellAll(columns, found[index]!));
  return {
    ...source,
    tables,
    ticket: ticketOf(found[0]!),
    readBy: filesKind,
    ...(areTold && { codecs: [...new Set(found.flatMap(({ codecs }) => codecs))].sort() }),
    maxLanes: Infinity,
    laneMemory: Math.max(...found.map(laneMemoryOf)),
    narrowed: withColumns,
    confirm: () => source.confirm([]),
  };
}

async function findUnloaded(
  { folder, rows: told }: UnloadedTable,
  { location, ...place }: Pick<StagingArea, 'owner' | 'store' | 'location'>,
): Promise<FoundFiles> {
  const { store } = place;
  const at = store.join(location, folder);
  const isNothing = told !== undefined && (await store.kindOf(at)) === undefined;
  const found = isNothing ? foundNothing(place) : await findFiles(at, place);
  const rows = found.tables.flatMap(({ files }) => files).reduce((sum, file) => sum + file.rows, 0);
  if (told === undefined || told === rows) return found;
  throw new TidemarkError(
    'verification.failed',
    `the database tells that it has written ${told} rows, and its files have ${rows}`,
    { hint: 'Nothing is published; run again.' },
  );
}

function asFiles(table: TablePlan, { tables: [found] }: FoundFiles, texts: readonly string[]): TablePlan {
  const { columns: written, files } = found!;
  // Nothing was written where there are no rows.
  const columns =
    files.length === 0 ? table.columns : table.columns.map((column, index) => readAs(column, written[index], texts));
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { ...table, columns, ...asRanges({ name: table.name, columns, files }), estimatedRows: rows };
}

/** @throws source.unsupported */
function readAs(column: Column, written: Column | undefined, texts: readonly string[]): Column {
  const isMark = column.overlap === true && ['int', 'decimal'].includes(written?.type.kind ?? '');
  const isText = texts.includes(column.name) && written?.type.kind === 'text';
  if (written?.name === column.name && (isMark || isText || isReadAs(written.type, column.type))) {
    // Marks of rows are read in the width that they have.
    const type = isMark ? markOf(written.type) : column.type;
    return { ...column, type, ...(written.storedAs !== undefined && { storedAs: written.storedAs }) };
  }
  const is = written === undefined ? 'missing' : `"${written.name}" ${written.sourceType}`;
  throw new TidemarkError(
    'source.unsupported',
    `the column "${column.name}" (${column.sourceType}) is ${is} in the files that the database has written`,
    {
      hint: 'Leave --via unload out, or convert the column in a query.',
    },
  );
}

/** The type that marks of rows are read as: small numbers, however they are written. */
const markOf = (written: LogicalType): LogicalType => (written.kind === 'int' ? written : { kind: 'int', bits: 32 });

/** Whether values of a type of files are those of the type that rows come as. */
function isReadAs(written: LogicalType, wanted: LogicalType): boolean {
  if (typeName(written) === typeName(wanted)) return true;
  if (written.kind === 'int' && wanted.kind === 'int') return written.bits <= wanted.bits;
  if (written.kind === 'decimal' && wanted.kind === 'decimal')
    return written.scale === wanted.scale && written.precision <= wanted.precision;
  if (written.kind === 'decimal' && wanted.kind === 'int')
    return written.scale === 0 && written.precision <= digitsOf[wanted.bits];
  // What the files do not say of time zones, the database does.
  if (written.kind === 'timestamp' && wanted.kind === 'timestamp') return written.unit === wanted.unit;
  if (written.kind === 'list' && wanted.kind === 'list') return isReadAs(written.of, wanted.of);
  if (written.kind === 'struct' && wanted.kind === 'struct') return areFieldsReadAs(written.fields, wanted.fields);
  return written.kind === 'text' && wanted.kind === 'json';
}

/** Whether files have the types that the database has, as far as other readers are to know: those that do not are not kept as they are. */
const tellAll = (columns: readonly Column[], { tables: [found] }: FoundFiles): boolean =>
  found!.files.length === 0 || columns.every(({ type }, index) => tells(found!.columns[index]!.type, type));

function tells(written: LogicalType, wanted: LogicalType): boolean {
  if (written.kind === 'timestamp' && wanted.kind === 'timestamp') return written.utc === wanted.utc;
  if (written.kind === 'list' && wanted.kind === 'list') return tells(written.of, wanted.of);
  if (written.kind === 'struct' && wanted.kind === 'struct')
    return wanted.fields.every(({ type }, index) => tells(written.fields[index]!.type, type));
  return written.kind === wanted.kind || (written.kind === 'text' && wanted.kind === 'json');
}

/** Digits that all integers of so many bits have. */
const digitsOf: Readonly<Record<16 | 32 | 64, number>> = { 16: 4, 32: 9, 64: 18 };

type Fields = Extract<LogicalType, { readonly kind: 'struct' }>['fields'];

const areFieldsReadAs = (written: Fields, wanted: Fields): boolean =>
  written.length === wanted.length &&
  wanted.every(({ name, type }, index) => written[index]!.name === name && isReadAs(written[index]!.type, type));
