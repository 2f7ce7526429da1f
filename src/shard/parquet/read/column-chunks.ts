import type { AsyncBuffer, ColumnMetaData, Compressors, FileMetaData, PageHeader } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { modestPages, type PageLimits, type ReadPage } from './page-claims.js';
import { assertRuns, assertRuns2, assertRunsOf2, type Levels, levelsOf } from './run-claims.js';
import { type Unpack, unpackBrotli, unpackGzip } from './unpack-zlib.js';
import { loadUnpackZstd } from './unpack-zstd.js';

/** A column chunk whose pages' headers were looked at. */
export interface ModestChunk {
  readonly chunk: ColumnMetaData;
  readonly levels: Levels;
  readonly pages: readonly ReadPage[];
}

/** Of the row group that is alone in a file. @throws Error saying which claim of a page's header does not hold */
export async function modestChunks(
  file: AsyncBuffer,
  { schema, row_groups: [group] }: FileMetaData,
  limits: PageLimits,
): Promise<readonly ModestChunk[]> {
  const chunks: ModestChunk[] = [];
  for (const { meta_data: chunk } of group!.columns) {
    if (chunk === undefined) throw new Error('the footer does not say where it is');
    const pages = await modestPages(file, chunk, { rows: group!.num_rows, limits });
    chunks.push({ chunk, levels: levelsOf(schema, chunk), pages });
  }
  return chunks;
}

/** By these the reader unpacks whatever is there, and not what a page's header claims (parquet-wasm 0.8.0: a megabyte takes 3 GB). */
const withoutEnd: Readonly<Partial<Record<string, Unpack>>> = { GZIP: unpackGzip, BROTLI: unpackBrotli };

/** Unpacks pages before the reader does, where it does so without end. @throws Error where one is not what it claims */
export async function assertUnpacked(file: AsyncBuffer, chunks: readonly ModestChunk[]): Promise<void> {
  for (const { chunk, pages } of chunks)
    if (withoutEnd[chunk.codec] !== undefined) for (const page of pages) await unpackedPage(file, chunk, page);
}

/** A page unpacked: of the first form behind its levels, of the second without them. @throws Error where it is not what it claims */
export async function unpackedPage(
  file: AsyncBuffer,
  { codec }: Pick<ColumnMetaData, 'codec'>,
  { header: { data_page_header_v2: second }, start, end, unpacked }: ReadPage,
): Promise<Uint8Array> {
  const levels = second ? second.repetition_levels_byte_length + second.definition_levels_byte_length : 0;
  const packed = new Uint8Array(await file.slice(start + levels, end));
  if (second?.is_compressed === false || packed.length === 0) return packed;
  return (await unpackerOf(codec))(packed, unpacked - levels);
}

const unpackers: Readonly<Partial<Record<string, Unpack>>> = {
  ...compressors,
  ...withoutEnd,
  UNCOMPRESSED: (packed) => packed,
};

/** @throws Error where it is not known */
async function unpackerOf(codec: string): Promise<Unpack> {
  const unpack = codec === 'ZSTD' ? await loadUnpackZstd() : unpackers[codec];
  if (unpack === undefined) throw new Error(`its codec ${codec} is not known`);
  return unpack;
}

/**
 * Gives every chunk a codec of its own, by which hyparquet has its pages unpacked, in their order: what is in a page is looked at before
 * it does.
 */
export async function unpackersOf(
  file: AsyncBuffer,
  { row_groups: [group] }: FileMetaData,
  chunks: readonly ModestChunk[],
): Promise<Compressors> {
  const own: Record<string, Unpack> = {};
  for (const [index, { chunk, pages, levels }] of chunks.entries()) {
    for (const { header, start, end } of pages)
      if (header.data_page_header_v2) assertRuns2(new Uint8Array(await file.slice(start, end)), header, levels);
    const unpack = await unpackerOf(chunk.codec);
    const codec = `chunk ${index}`;
    own[codec] = checkedUnpacker(
      unpack,
      pages.map(({ header }) => header),
      levels,
    );
    group!.columns[index] = { ...group!.columns[index]!, meta_data: { ...chunk, codec: codec as never } };
  }
  return own;
}

function checkedUnpacker(unpack: Unpack, pages: readonly PageHeader[], levels: Levels): Unpack {
  const packed = pages.filter(({ data_page_header_v2: second }) => second?.is_compressed !== false);
  let next = 0;
  return (bytes, claimed) => {
    const page = packed[next];
    if (page === undefined) throw new Error('it has more pages than were found');
    next += 1;
    const unpacked = unpack(bytes, claimed);
    assertRuns(unpacked, page, levels);
    if (page.data_page_header_v2 !== undefined) assertRunsOf2(unpacked, page.data_page_header_v2);
    return unpacked;
  };
}
