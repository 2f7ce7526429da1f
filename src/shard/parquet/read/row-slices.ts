import { type AsyncBuffer, type FileMetaData, parquetRead, type RowGroup } from 'hyparquet';
import { assertUnpacked, modestChunks, type ModestChunk, unpackersOf } from './column-chunks.js';
import { type DecodedPage, decodedPages, isByDictionary, placeBytes } from './decoded-bytes.js';
import { alone, type FileColumn } from './file-columns.js';
import { limitsOf } from './page-claims.js';
import { assertRoom, type LongestRow } from '../../../core/longest-row.js';
import { TidemarkError } from '../../../core/errors.js';

/** Rows of a row group that are read at once. */
export interface RowSlice {
  readonly offset: number;
  readonly rows: number;
  /** They are all of the row group. */
  readonly isWhole: boolean;
  /** Of a batch. */
  readonly batchRows: number;
}

/** Rows of a batch that is handed over. */
const mostBatchRows = 32_768;
/** The reader decodes what it is asked for at once, before it hands over the first batch. */
const sliceBytes = 128 * 2 ** 20;
/** A batch is copied when it leaves the memory of WebAssembly, and once more by some who take it. */
const batchBytes = 64 * 2 ** 20;
/** Of more rows it is not looked which of them are long. */
const mostMeasuredRows = 2 ** 22;
/** Texts of a dictionary are taken to be as long as its longest one, unless that would make more slices than so many. */
const mostSupposedSlices = 16;

/** A column in a row group, and what it takes in memory. */
interface MeasuredColumn {
  readonly only: FileMetaData;
  readonly chunks: readonly ModestChunk[];
  /** Of its one chunk, whose values are those of the rows; undefined: it is nested. */
  readonly pages: readonly DecodedPage[] | undefined;
  readonly bytes: number;
}

/** A row group that is read. */
export interface SlicedGroup {
  /** Those that are asked for. */
  readonly columns: readonly FileColumn[];
  readonly rowGroup: number;
  readonly longestRow?: LongestRow | undefined;
}

/**
 * In which slices a row group can be read in bounded memory: any number of rows can stand in a hundred bytes, and any number of long texts in the
 * bytes of one. What its pages claim is looked at before.
 * @throws Error saying of which column what does not hold; memory.exhausted for a page that has no room
 */
export async function rowSlices(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { columns, rowGroup, longestRow }: SlicedGroup,
): Promise<Iterable<RowSlice>> {
  const rows = Number(metadata.row_groups[rowGroup]!.num_rows);
  const measured: MeasuredColumn[] = [];
  for (const column of columns) {
    try {
      measured.push(await measure(file, metadata, { column, rowGroup, longestRow }));
    } catch (thrown) {
      throw inColumn(thrown as Error, `row group ${rowGroup}, column ${column.elements[0]!.name}`);
    }
  }
  const bytes = measured.reduce((sum, column) => sum + column.bytes, 0);
  const most = Math.min(sliceBytes, longestRow?.bytes ?? Infinity);
  if (bytes <= most) return [{ offset: 0, rows, isWhole: true, batchRows: mostBatchRows }];
  return rows <= mostMeasuredRows
    ? slicesOf(await bytesOfRows(file, measured, { rows, bytes }), most)
    : evenSlices(rows, bytes, most);
}

/** The failure, with where it is. */
function inColumn(cause: Error, where: string): Error {
  return cause instanceof TidemarkError ? cause.placedAt(where) : new Error(`${where}: ${cause.message}`, { cause });
}

async function measure(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { column, rowGroup, longestRow }: Omit<SlicedGroup, 'columns'> & { readonly column: FileColumn },
): Promise<MeasuredColumn> {
  const only = alone(metadata, column, rowGroup);
  const chunks = await modestChunks(file, only, limitsOf(true, longestRow));
  await assertUnpacked(file, chunks);
  const group = metadata.row_groups[rowGroup]!;
  assertRows(chunks, group);
  // There is nothing to slice, and the one row may be long.
  if (group.num_rows <= 1n && longestRow === undefined) return { only, chunks, pages: undefined, bytes: 0 };
  const leaves = column.elements.filter(({ num_children: children }) => children === undefined);
  const decoded: (readonly DecodedPage[])[] = [];
  for (const [index, chunk] of chunks.entries()) decoded.push(await decodedPages(file, leaves[index]!, chunk));
  const isFlat = chunks.length === 1 && chunks[0]!.levels.repetition === 0;
  if (!isFlat) assertNestedRoom(decoded.flat(), longestRow);
  const bytes = decoded.flat().reduce((sum, page) => sum + page.bytes, 0);
  return { only, chunks, pages: isFlat ? decoded[0] : undefined, bytes };
}

/** All values of a page may be one row's. */
function assertNestedRoom(pages: readonly DecodedPage[], longestRow: LongestRow | undefined): void {
  const longest = pages.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  assertRoom('a page', longest, longestRow);
}

/** Rows are asked for by their number in the footer. @throws Error where a column has others */
function assertRows(chunks: readonly ModestChunk[], { num_rows: rows }: RowGroup): void {
  for (const { chunk, levels } of chunks)
    if (levels.repetition === 0 && chunk.num_values !== rows)
      throw new Error(`it has ${chunk.num_values} values, and the row group ${rows} rows`);
}

/** As if all rows were as long. */
function* evenSlices(rows: number, bytes: number, most: number): Generator<RowSlice> {
  const each = Math.max(1, Math.floor((rows * most) / bytes));
  const batchRows = batchRowsOf(bytes / rows);
  for (let offset = 0; offset < rows; offset += each)
    yield { offset, rows: Math.min(each, rows - offset), isWhole: false, batchRows };
}

/** By how long each row is. */
function* slicesOf(bytes: Float64Array, most: number): Generator<RowSlice> {
  for (let offset = 0; offset < bytes.length;) {
    let [end, sum, longest] = [offset, 0, 0];
    for (; end < bytes.length && (end === offset || sum + bytes[end]! <= most); end += 1) {
      sum += bytes[end]!;
      longest = Math.max(longest, bytes[end]!);
    }
    yield { offset, rows: end - offset, isWhole: false, batchRows: batchRowsOf(longest) };
    offset = end;
  }
}

const batchRowsOf = (rowBytes: number): number =>
  Math.max(1, Math.min(mostBatchRows, Math.floor(batchBytes / rowBytes)));

/** What each row takes, as far as that is known: of a nested column as much as of all others. */
async function bytesOfRows(
  file: AsyncBuffer,
  measured: readonly MeasuredColumn[],
  { rows, bytes: all }: { readonly rows: number; readonly bytes: number },
): Promise<Float64Array> {
  const bytes = new Float64Array(rows);
  for (const column of measured) {
    const isLoose = all > mostSupposedSlices * sliceBytes && column.bytes > sliceBytes;
    if (column.pages === undefined) addPages(bytes, [{ values: rows, bytes: column.bytes }]);
    else if (isLoose && column.chunks[0]!.pages.some(isByDictionary)) await addLengths(bytes, file, column);
    else addPages(bytes, column.pages);
  }
  return bytes;
}

/** As if all values of a page were as long. */
function addPages(bytes: Float64Array, pages: readonly DecodedPage[]): void {
  let row = 0;
  for (const page of pages) {
    const each = page.bytes / page.values;
    for (const end = row + page.values; row < end; row += 1) bytes[row]! += each;
  }
}

/** Texts of a dictionary, each as long as it is. */
async function addLengths(bytes: Float64Array, file: AsyncBuffer, { only, chunks }: MeasuredColumn): Promise<void> {
  const compressors = await unpackersOf(file, only, chunks);
  await parquetRead({
    file,
    metadata: only,
    compressors,
    utf8: false,
    onChunk: ({ columnData, rowStart }) => {
      for (let row = 0; row < columnData.length; row += 1)
        bytes[rowStart + row]! += placeBytes + ((columnData[row] as Uint8Array | null)?.length ?? 0);
    },
  });
}
