import type { ColumnMetaData, PageHeader, SchemaElement } from 'hyparquet';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';

/** The last group of a bit-packed run may be filled up. */
const filling = 512;

/** The most levels of a column's values, by which their numbers have so many bits. */
export interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

export function levelsOf(schema: SchemaElement[], { path_in_schema: path }: ColumnMetaData): Levels {
  const way = getSchemaPath(schema, path);
  return { repetition: getMaxRepetitionLevel(way), definition: getMaxDefinitionLevel(way) };
}

/**
 * Looks at the runs of an unpacked page of the first form: a run says how many values it stands for, in a few bits, and the
 * reader fills so many places before it looks how many there should be, which ends the process.
 * @throws Error where a run has more values than the page
 */
export function assertRuns(bytes: Uint8Array, { data_page_header: page }: PageHeader, levels: Levels): void {
  if (page === undefined) return;
  const values = page.num_values;
  let at = 0;
  for (const most of [levels.repetition, levels.definition]) {
    if (most === 0) continue;
    const length = lengthAt(bytes, at);
    walk(bytes.subarray(at + 4), { values, width: widthOf(most) });
    at += 4 + length;
  }
  if (page.encoding === 'RLE') walk(bytes.subarray(at + 4), { values, width: 1 });
  if (isDictionary(page.encoding)) walk(bytes.subarray(at + 1), { values, width: bytes[at] ?? 0 });
}

/** How many bytes the levels of an unpacked page of the first form take. @throws Error where it ends within them */
export function levelsBytes(bytes: Uint8Array, levels: Levels): number {
  let at = 0;
  for (const most of [levels.repetition, levels.definition]) if (most > 0) at += 4 + lengthAt(bytes, at);
  return at;
}

/** As {@link assertRuns} for a page of the second form, of which levels are not packed; `from` is where its values begin. */
export function assertRuns2(bytes: Uint8Array, { data_page_header_v2: page }: PageHeader, levels: Levels): void {
  if (page === undefined) return;
  const values = page.num_values;
  const repetition = page.repetition_levels_byte_length;
  if (levels.repetition > 0) walk(bytes, { values, width: widthOf(levels.repetition) });
  if (levels.definition > 0) walk(bytes.subarray(repetition), { values, width: widthOf(levels.definition) });
  if (page.is_compressed === false)
    assertRunsOf2(bytes.subarray(repetition + page.definition_levels_byte_length), page);
}

/** Of its values, unpacked. */
export function assertRunsOf2(bytes: Uint8Array, page: NonNullable<PageHeader['data_page_header_v2']>): void {
  const values = page.num_values;
  if (page.encoding === 'RLE') walk(bytes.subarray(4), { values, width: 1 });
  if (isDictionary(page.encoding)) walk(bytes.subarray(1), { values, width: bytes[0] ?? 0 });
}

export const isDictionary = (encoding: string): boolean =>
  encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY';

const widthOf = (most: number): number => 32 - Math.clz32(most);

function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error('a page ends within its levels');
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

/** Up to the end of the bytes, or of the values: not less than the reader reads. */
function walk(bytes: Uint8Array, { values, width }: { readonly values: number; readonly width: number }): void {
  let seen = 0;
  for (let at = 0; at < bytes.length && seen < values;) {
    const { value: header, end } = varint(bytes, at);
    const isPacked = header % 2 === 1;
    const half = Math.floor(header / 2);
    const count = isPacked ? half * 8 : half;
    if (count > values - seen + (isPacked ? filling : 0))
      throw new Error(`a page of ${values} values has a run of ${count}`);
    seen += count;
    at = end + (isPacked ? half * width : Math.ceil(width / 8));
  }
}

function varint(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from; at < from + 5; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new Error('a page has a run whose length does not end');
}
