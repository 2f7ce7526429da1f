import { type AsyncBuffer, type FileMetaData, parquetRead, type RowGroup } from 'hyparquet';
import { assertUnpacked, modestChunks, type ModestChunk, unpackersOf } from './column-chunks.js';
import { decodedBytes, isByDictionary } from './decoded-bytes.js';
import { alone, type FileColumn } from './file-columns.js';
import { limitsOf } from './page-claims.js';

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
const sliceBytes = 256 * 2 ** 20;
/** A batch is copied when it leaves the memory of WebAssembly, and once more by some who take it. */
const batchBytes = 64 * 2 ** 20;
/** Of more rows it is not looked which of them are long. */
const mostMeasuredRows = 2 ** 22;

/** A column in a row group, and what it takes in memory. */
interface MeasuredColumn {
  readonly only: FileMetaData;
  readonly chunks: readonly ModestChunk[];
  readonly bytes: number;
}

/**
 * In which slices a row group can be read in bounded memory: any number of rows can stand in a hundred bytes, and any number of long texts in the
 * bytes of one. What its pages claim is looked at before.
 * @throws Error saying of which column what does not hold
 */
export async function rowSlices(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { columns, rowGroup }: { readonly columns: readonly FileColumn[]; readonly rowGroup: number },
): Promise<Iterable<RowSlice>> {
  const rows = Number(metadata.row_groups[rowGroup]!.num_rows);
  const measured: MeasuredColumn[] = [];
  for (const column of columns) {
    try {
      measured.push(await measure(file, metadata, { column, rowGroup }));
    } catch (thrown) {
      const { message } = thrown as Error;
      throw new Error(`row group ${rowGroup}, column ${column.elements[0]!.name}: ${message}`, { cause: thrown });
    }
  }
  const bytes = measured.reduce((sum, column) => sum + column.bytes, 0);
  if (bytes <= sliceBytes) return [{ offset: 0, rows, isWhole: true, batchRows: mostBatchRows }];
  return rows <= mostMeasuredRows ? slicesOf(await bytesOfRows(file, measured, rows)) : evenSlices(rows, bytes);
}

async function measure(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { column, rowGroup }: { readonly column: FileColumn; readonly rowGroup: number },
): Promise<MeasuredColumn> {
  const only = alone(metadata, column, rowGroup);
  const chunks = await modestChunks(file, only, limitsOf(true));
  await assertUnpacked(file, chunks);
  const group = metadata.row_groups[rowGroup]!;
  assertRows(chunks, group);
  // There is nothing to slice, and the one row may be long.
  if (group.num_rows <= 1n) return { only, chunks, bytes: 0 };
  const leaves = column.elements.filter(({ num_children: children }) => children === undefined);
  let bytes = 0;
  for (const [index, chunk] of chunks.entries()) bytes += await decodedBytes(file, leaves[index]!, chunk);
  return { only, chunks, bytes };
}

/** Rows are asked for by their number in the footer. @throws Error where a column has others */
function assertRows(chunks: readonly ModestChunk[], { num_rows: rows }: RowGroup): void {
  for (const { chunk, levels } of chunks)
    if (levels.repetition === 0 && chunk.num_values !== rows)
      throw new Error(`it has ${chunk.num_values} values, and the row group ${rows} rows`);
}

/** As if all rows were as long. */
function* evenSlices(rows: number, bytes: number): Generator<RowSlice> {
  const each = Math.max(1, Math.floor((rows * sliceBytes) / bytes));
  const batchRows = Math.max(1, Math.min(mostBatchRows, Math.floor((rows * batchBytes) / bytes)));
  for (let offset = 0; offset < rows; offset += each)
    yield { offset, rows: Math.min(each, rows - offset), isWhole: false, batchRows };
}

/** By how long each row is. */
function* slicesOf(bytes: Float64Array): Generator<RowSlice> {
  for (let offset = 0; offset < bytes.length;) {
    let [end, sum, longest] = [offset, 0, 0];
    for (; end < bytes.length && (end === offset || sum + bytes[end]! <= sliceBytes); end += 1) {
      sum += bytes[end]!;
      longest = Math.max(longest, bytes[end]!);
    }
    const batchRows = Math.max(1, Math.min(mostBatchRows, Math.floor(batchBytes / longest)));
    yield { offset, rows: end - offset, isWhole: false, batchRows };
    offset = end;
  }
}

/** What each row takes: where texts come from a dictionary, its own. */
async function bytesOfRows(
  file: AsyncBuffer,
  measured: readonly MeasuredColumn[],
  rows: number,
): Promise<Float64Array> {
  const bytes = new Float64Array(rows);
  let others = 0;
  for (const column of measured) {
    const [chunk] = column.chunks;
    if (column.chunks.length > 1 || chunk!.levels.repetition > 0 || !chunk!.pages.some(isByDictionary)) {
      others += column.bytes;
      continue;
    }
    const compressors = await unpackersOf(file, column.only, column.chunks);
    await parquetRead({
      file,
      metadata: column.only,
      compressors,
      utf8: false,
      onChunk: ({ columnData, rowStart }) => {
        for (let row = 0; row < columnData.length; row += 1)
          bytes[rowStart + row]! += 4 + ((columnData[row] as { readonly length?: number } | null)?.length ?? 4);
      },
    });
  }
  return bytes.map((own) => own + others / rows);
}
