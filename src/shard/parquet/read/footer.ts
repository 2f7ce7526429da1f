import { type AsyncBuffer, type FileMetaData, parquetMetadata } from 'hyparquet';
import type { ReadableFile } from '../../../core/format.js';
import { formatBytes } from '../../../core/units.js';
import { fieldsOf } from '../thrift/fields-of.js';
import { readWhole } from './read-whole.js';

/** Footers of thousands of columns in thousands of row groups have some tens of MB; what is read of one takes many times its room. */
const mostFooterBytes = 256 * 2 ** 20;

/** Of a hundred thousand column chunks there are two million; each takes a hundred bytes and more once it is read. */
const mostFooterValues = 2 ** 23;
/** Row groups are counted in 16 bits (`RowGroup.ordinal` of parquet.thrift). */
const mostRowGroups = 2 ** 15 - 1;

/** The length of the footer, and the mark: behind it. */
export const tailBytes = 8;

export const fileBuffer = (file: ReadableFile, byteLength: number): AsyncBuffer => ({
  byteLength,
  slice: (start, end = byteLength) => readWhole(file, start, end),
});

/** What a file's footer says. @throws Error where it is none, or claims to hold more than it has */
export async function readFooter(file: ReadableFile, byteLength: number): Promise<FileMetaData> {
  return metadataIn(await footerOf(file, byteLength));
}

/** @param footer as {@link footerOf} gives it. @throws Error as {@link readFooter} does */
export function metadataIn(footer: ArrayBuffer): FileMetaData {
  const metadata = parquetMetadata(footer, { geoparquet: false });
  const { length: rowGroups } = metadata.row_groups;
  if (rowGroups > mostRowGroups)
    throw new Error(`it has ${rowGroups} row groups, and readers of Arrow read no more than ${mostRowGroups}`);
  return metadata;
}

/**
 * A file's footer with what stands behind it. It is walked through before a reader does, in no memory: readers make room for as many elements
 * as a list claims before they look whether they are there, and some hundred bytes of lists in lists can claim more than any machine has.
 * @throws Error as {@link readFooter} does
 */
export async function footerOf(file: ReadableFile, byteLength: number): Promise<ArrayBuffer> {
  if (byteLength < tailBytes) throw new Error('the file is too short to be one');
  const end = byteLength - tailBytes;
  const tail = Buffer.from(await readWhole(file, end, byteLength));
  const mark = tail.toString('latin1', 4);
  if (mark === 'PARE') throw new Error('its footer is encrypted');
  if (mark !== 'PAR1') throw new Error('it does not end as Parquet does');
  const length = tail.readUInt32LE(0);
  if (length > end) throw new Error('its footer claims to be longer than the file');
  if (length > mostFooterBytes) throw new Error(`its footer claims ${formatBytes(length)}`);
  const footer = await readWhole(file, end - length, byteLength);
  const { values } = fieldsOf(new Uint8Array(footer, 0, length));
  if (values > mostFooterValues) throw new Error(`its footer has ${values} values`);
  return footer;
}
