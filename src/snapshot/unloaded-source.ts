import type { OpenSource, TablePlan } from '../core/source.js';
import { TidemarkError } from '../core/errors.js';
import { type Column, type LogicalType, typeName } from '../core/types.js';
import { findFiles } from '../files/find.js';
import type { FoundFiles } from '../files/found.js';
import { asRanges, laneMemoryOf, ticketOf, withColumns } from '../files/open.js';
import { filesKind } from '../files/source.js';
import type { Ports } from './ports.js';

/**
 * A source whose database has written its rows as files, as those files: columns and moment are the source's own, ranges are files.
 * @param staging where they are, in full
 * @throws verification.failed where files are not what the database tells of them; source.unsupported where they have other types
 */
export async function unloadedSource(
  source: OpenSource,
  staging: string | undefined,
  { destinationOf }: Pick<Ports, 'destinationOf'>,
): Promise<OpenSource> {
  const { unloaded } = source;
  if (unloaded === undefined || staging === undefined) return source;
  const store = await destinationOf(staging).loadStore();
  const found: FoundFiles[] = [];
  for (const folder of unloaded) found.push(await findFiles(store.join(staging, folder), destinationOf));
  return {
    ...source,
    tables: source.tables.map((table, index) => asFiles(table, found[index]!)),
    ticket: ticketOf(found[0]!),
    readBy: filesKind,
    codecs: [...new Set(found.flatMap(({ codecs }) => codecs))].sort(),
    maxLanes: Infinity,
    laneMemory: Math.max(...found.map(laneMemoryOf)),
    narrowed: withColumns,
    confirm: () => source.confirm([]),
  };
}

function asFiles(table: TablePlan, { tables: [found] }: FoundFiles): TablePlan {
  const { columns: written, files } = found!;
  // Nothing was written where there are no rows.
  const columns =
    files.length === 0 ? table.columns : table.columns.map((column, index) => readAs(column, written[index]));
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { ...table, columns, ...asRanges({ name: table.name, columns, files }), estimatedRows: rows };
}

/** @throws source.unsupported */
function readAs(column: Column, written: Column | undefined): Column {
  if (written?.name === column.name && isReadAs(written.type, column.type))
    return { ...column, ...(written.storedAs !== undefined && { storedAs: written.storedAs }) };
  const is = written === undefined ? 'missing' : `"${written.name}" ${written.sourceType}`;
  throw new TidemarkError(
    'source.unsupported',
    `the column "${column.name}" (${column.sourceType}) is ${is} in the files that the database has written`,
    { hint: 'Leave --via unload out, or convert the column in a query.' },
  );
}

/** Whether values of a type of files are those of the type that rows come as. */
function isReadAs(written: LogicalType, wanted: LogicalType): boolean {
  if (typeName(written) === typeName(wanted)) return true;
  if (written.kind === 'int' && wanted.kind === 'int') return written.bits <= wanted.bits;
  if (written.kind === 'decimal' && wanted.kind === 'decimal')
    return written.scale === wanted.scale && written.precision <= wanted.precision;
  if (written.kind === 'timestamp' && wanted.kind === 'timestamp') return written.unit === wanted.unit;
  return written.kind === 'text' && wanted.kind === 'json';
}
