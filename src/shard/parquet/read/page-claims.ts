import type { AsyncBuffer, ColumnMetaData, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { assertRoom, type LongestRow } from '../../../core/longest-row.js';
import { CutShort, fieldsOf } from '../thrift/fields-of.js';

/** What a column chunk may claim to hold. */
export interface PageLimits {
  readonly rows: number;
  readonly values: number;
  /** Of its pages, unpacked. */
  readonly bytes: number;
  /** Of a page, unpacked; absent: as much as one value may have, and some. */
  readonly longestRow?: LongestRow | undefined;
}

/**
 * Row groups that we write have at most 131,072 rows and, but for a single huge value, some tens of MB; a reader believes what a file claims,
 * and a hundred bytes can claim two thousand million NULLs.
 */
const ours: PageLimits = { rows: 2 ** 22, values: 2 ** 26, bytes: 1.25 * 2 ** 30 };
const anySize: PageLimits = { rows: Infinity, values: Infinity, bytes: Infinity };
/** Of a page, whoever wrote it: as much as one value may have, and some. */
const mostOfPage = ours.bytes;
/** Of a dictionary. */
const mostEntries = ours.values;

/** @param ofOthers whether another engine wrote the file */
export const limitsOf = (ofOthers: boolean, longestRow?: LongestRow): PageLimits => ({
  ...(ofOthers ? anySize : ours),
  longestRow,
});

/** A header is some tens of bytes, and more with long values in its statistics. */
const headerSizes = [256, 8192, 2 ** 20];

/**
 * Looks at the headers of a chunk's pages before anything of them is unpacked: what they claim must agree with the footer,
 * and be no more than what fits into memory.
 * @returns the pages in their order
 * @throws Error saying which claim does not hold
 */
export async function modestPages(
  file: AsyncBuffer,
  chunk: ColumnMetaData,
  { rows, limits: most }: { readonly rows: bigint; readonly limits: PageLimits },
): Promise<readonly ReadPage[]> {
  if (rows > most.rows) throw new Error(`its row group claims ${rows} rows`);
  if (chunk.num_values > most.values) throw new Error(`it claims ${chunk.num_values} values`);
  const dictionary = chunk.dictionary_page_offset;
  const start = Number(dictionary !== undefined && dictionary > 0n ? dictionary : chunk.data_page_offset);
  const end = start + Number(chunk.total_compressed_size);
  const pages: ReadPage[] = [];
  let [values, unpacked] = [0, 0];
  for (let at = start; at < end;) {
    const page = await pageAt(file, at, end);
    values += page.values;
    unpacked += page.unpacked;
    assertRoom(`the page at byte ${page.start}`, page.unpacked, most.longestRow);
    if (values > Number(chunk.num_values)) throw new Error(`its pages claim more than its ${chunk.num_values} values`);
    if (unpacked > most.bytes) throw new Error(`its pages claim to be ${unpacked} bytes`);
    pages.push(page);
    at = page.end;
  }
  if (values !== Number(chunk.num_values))
    throw new Error(`its pages have ${values} of its ${chunk.num_values} values`);
  return pages;
}

/** A page whose header was read. */
export interface ReadPage {
  /** Values that it adds to the column. */
  readonly values: number;
  readonly unpacked: number;
  readonly header: PageHeader;
  /** Where its header is, where it begins behind that, and ends. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

async function pageAt(file: AsyncBuffer, at: number, end: number): Promise<ReadPage> {
  for (const size of headerSizes) {
    const upTo = Math.min(end, at + size);
    const bytes = await file.slice(at, upTo);
    const reader = { view: new DataView(bytes), offset: 0 };
    try {
      // The reader makes room for what a list in it claims before it looks whether that is there.
      fieldsOf(new Uint8Array(bytes));
      return { ...pageOf(parquetHeader(reader), at + reader.offset, end), at };
    } catch (thrown) {
      // The header is longer than what was read of it.
      if (!(thrown instanceof RangeError || thrown instanceof CutShort) || upTo === end) throw thrown;
    }
  }
  throw new Error(`the header of the page at byte ${at} does not end`);
}

function pageOf(header: PageHeader, start: number, end: number): Omit<ReadPage, 'at'> {
  const packed = Number(header.compressed_page_size);
  const unpacked = Number(header.uncompressed_page_size);
  if (!(packed >= 0 && start + packed <= end)) throw new Error(`the page at byte ${start} claims ${packed} bytes`);
  if (!(unpacked >= 0 && unpacked <= mostOfPage)) throw new Error(`the page at byte ${start} claims ${unpacked} bytes`);
  const entries = header.dictionary_page_header?.num_values ?? 0;
  if (entries > mostEntries) throw new Error(`its dictionary claims ${entries} values`);
  const values = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
  if (!(values >= 0)) throw new Error(`the page at byte ${start} claims ${values} values`);
  const nulls = header.data_page_header_v2?.num_nulls ?? 0;
  if (!(nulls >= 0 && nulls <= values)) throw new Error(`the page at byte ${start} claims ${nulls} NULLs`);
  return { values, unpacked, header, start, end: start + packed };
}
