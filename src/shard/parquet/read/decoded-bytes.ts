import type { AsyncBuffer, ParquetType, SchemaElement } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { type ModestChunk, unpackedPage } from './column-chunks.js';
import type { ReadPage } from './page-claims.js';
import { isDictionary, levelsBytes } from './run-claims.js';

/** Bytes that a value takes in memory; of the other types its own are counted. */
const widths: Readonly<Partial<Record<ParquetType, number>>> = {
  BOOLEAN: 1,
  INT32: 4,
  FLOAT: 4,
  INT64: 8,
  DOUBLE: 8,
  INT96: 8,
};
/** Of a text's or a dictionary's place. */
export const placeBytes = 4;
/** Decimals take so many, however short they are written. */
const leastFixed = 16;

/** What the values of a page take in memory. */
export interface DecodedPage {
  readonly values: number;
  readonly bytes: number;
}

/**
 * How many bytes a column chunk's values take in memory, at most, page by page: a few bytes of a file can stand for many rows, and one entry of
 * a dictionary for all of them.
 * @throws Error where a page is not what it claims
 */
export async function decodedPages(
  file: AsyncBuffer,
  { type, type_length: length = 0 }: Pick<SchemaElement, 'type' | 'type_length'>,
  chunk: ModestChunk,
): Promise<readonly DecodedPage[]> {
  const pages = chunk.pages.filter(({ values }) => values > 0);
  if (type !== 'BYTE_ARRAY') {
    const width = widths[type!] ?? Math.max(length, leastFixed);
    return pages.map(({ values }) => ({ values, bytes: values * width }));
  }
  const longest = pages.some(isByDictionary) ? await longestEntry(file, chunk) : 0;
  const decoded: DecodedPage[] = [];
  for (const page of pages) {
    const { values } = page;
    const texts = isByDictionary(page) ? values * longest : await ownBytes(file, chunk, page);
    decoded.push({ values, bytes: values * placeBytes + texts });
  }
  return decoded;
}

const encodingOf = ({ header }: ReadPage): string | undefined =>
  (header.data_page_header ?? header.data_page_header_v2)?.encoding;

/** Its values are numbers of entries in the dictionary. */
export function isByDictionary(page: ReadPage): boolean {
  const encoding = encodingOf(page);
  return encoding !== undefined && isDictionary(encoding);
}

/** Of the dictionary. */
async function longestEntry(file: AsyncBuffer, chunk: ModestChunk): Promise<number> {
  const page = chunk.pages.find(({ header }) => header.dictionary_page_header !== undefined);
  if (page === undefined) return 0;
  // So short a one is not worth unpacking.
  if (page.unpacked <= shortDictionary) return page.unpacked;
  const bytes = await unpackedPage(file, chunk.chunk, page);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let longest = 0;
  for (let at = 0; at + placeBytes <= bytes.length;) {
    const length = view.getUint32(at, true);
    longest = Math.max(longest, length);
    at += placeBytes + length;
  }
  return Math.min(longest, page.unpacked);
}

const shortDictionary = 256;

/** Texts that stand in the page, or, each but for what it has in common with the one before it. */
async function ownBytes(file: AsyncBuffer, chunk: ModestChunk, page: ReadPage): Promise<number> {
  if (encodingOf(page) !== 'DELTA_BYTE_ARRAY') return page.unpacked;
  const bytes = await unpackedPage(file, chunk.chunk, page);
  const levels = page.header.data_page_header_v2 ? 0 : levelsBytes(bytes, chunk.levels);
  const view = new DataView(bytes.buffer, bytes.byteOffset + levels, bytes.length - levels);
  const prefixes = new Int32Array(Math.min(page.values, countOf(view)));
  if (prefixes.length > 0) deltaBinaryUnpack({ view, offset: 0 }, prefixes.length, prefixes);
  return prefixes.reduce((sum, prefix) => sum + Math.max(0, prefix), page.unpacked);
}

/** How many numbers there are, behind the sizes of their blocks: NULLs have none. */
function countOf(view: DataView): number {
  const reader = { view, offset: 0 };
  readVarInt(reader);
  readVarInt(reader);
  return readVarInt(reader);
}
