import { checkColumnNames } from '../core/asked-columns.js';
import { TidemarkError } from '../core/errors.js';
import type { ConsistencyCertificate, OpenSource, Range, TablePlan } from '../core/source.js';
import type { SourceRequest, TableRequest } from '../core/source-request.js';
import { formatCount } from '../core/units.js';
import type { FoundFiles, FoundTable } from './found.js';
import type { FileDetail, FilesTicket } from './ticket.js';

/** So much of a file is read to learn how large rows become. */
const largestSample = 64 * 1024 * 1024;

/**
 * What a lane takes, and how often the row group that it reads, measured with row groups of 10 and of 78 MB (bench/parts/adopt): as it is
 * fetched, and several times in the reader's memory, which does not shrink.
 */
const laneBytes = 110 * 1024 * 1024;
const timesInMemory = 6;

/** Lanes that may read: files have no server that could be asked too much. */
const mostLanes = 64;

/** Files that were found, opened as a source. */
export function openFound(found: FoundFiles, request: SourceRequest): OpenSource {
  const tables = request.tables.map((table) => planOf(tableNamed(found, table), table));
  checkColumnNames(request, tables);
  const certificate: ConsistencyCertificate = { level: 'none', isolation: 'files', listedBy: found.listedBy };
  return {
    server: { kind: 'files', version: found.writers.join(', '), database: '', host: '', user: '' },
    certificate,
    tables,
    ticket: ticketOf(found),
    codecs: found.codecs,
    maxLanes: mostLanes,
    laneMemory: laneMemoryOf(found),
    warnings: found.warnings,
    lost: new Promise<never>(() => undefined),
    narrowed: withColumns,
    confirm: async () => certificate,
    serverLoad: () => ({}),
    close: async () => undefined,
  };
}

/** Files are read by the columns that a table's plan has: nothing else has to be said of fewer. */
export const withColumns = (table: TablePlan, indices: readonly number[]): TablePlan => ({
  ...table,
  columns: indices.map((index) => table.columns[index]!),
});

/** What lanes need to read files. */
export const ticketOf = ({ store, format }: FoundFiles): FilesTicket => ({ store, format });

/** Bytes that a lane takes which reads them. */
export const laneMemoryOf = ({ largestRowGroup }: FoundFiles): number => laneBytes + timesInMemory * largestRowGroup;

function tableNamed({ tables }: FoundFiles, { table: wanted }: TableRequest): FoundTable {
  const table = tables.find(({ name }) => name === wanted);
  if (table === undefined) throw new TidemarkError('internal.bug', `no table ${wanted} was found`);
  return table;
}

function planOf({ name: table, columns, files }: FoundTable, request: TableRequest): TablePlan {
  const work = asRanges({ name: table, columns, files }, request.limit);
  const rows = work.ranges.reduce((sum, { file, detail }) => sum + ((detail as FileDetail).first ?? file!.rows), 0);
  return {
    name: request.name,
    table,
    query: undefined,
    columns: columns.map((column) => (request.redacted.includes(column.name) ? { ...column, redacted: true } : column)),
    ...work,
    estimatedRows: rows,
    statement: `${formatCount(work.ranges.length)} files`,
  };
}

/** The files of a table as the work of lanes. @param limit so many of their rows; undefined: all */
export function asRanges(table: FoundTable, limit = Infinity): Pick<TablePlan, 'ranges' | 'sample' | 'sourceBytes'> {
  const ranges = rangesOf(table, limit);
  const sourceBytes = ranges.reduce((sum, range) => sum + (range.bytes ?? 0), 0);
  const [first] = ranges;
  const isSampled = ranges.length > 1 && first!.bytes! <= largestSample;
  return {
    ranges,
    ...(isSampled && { sample: { ranges: [first!], bytes: Math.max(1, first!.bytes!) } }),
    sourceBytes,
  };
}

/** Whole files, as long as rows are wanted; of the last one as many as are left. */
function rangesOf({ columns, files }: FoundTable, limit: number): readonly Range[] {
  const ranges: Range[] = [];
  let left = limit;
  for (const file of files) {
    if (left <= 0 && ranges.length > 0) break;
    const detail: FileDetail = { columns, ...(file.rows > left && { first: left }) };
    ranges.push({ label: file.path, detail, bytes: file.bytes, file });
    left -= file.rows;
  }
  return ranges;
}
