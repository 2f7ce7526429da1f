import type { DataType, Field } from 'apache-arrow';
import type { ColumnChunk, FileMetaData } from 'hyparquet';
import type { Bound, Bounds } from '../../../core/facts.js';
import type { ReadableFile, StoredAs, ToldChunk, ToldValues } from '../../../core/format.js';
import { arrowSchema } from '../../../core/types.js';
import { parquetSchema } from '../schema/schema.js';
import { factsBound } from '../statistics/known-bounds.js';
import { modestChunks } from './column-chunks.js';
import { alone, columnsByName, type FileColumn } from './file-columns.js';
import { fileBuffer, footerOf, metadataIn } from './footer.js';
import { limitsOf, type ReadPage } from './page-claims.js';
import { type ColumnIndex, type OffsetIndex, readStructure, structureIn } from './page-index.js';
import { readable } from './readable.js';

/** `parquet.thrift`, FileMetaData, as far as statistics lie in it: the reader's own form of them is that of JavaScript. */
interface RawFooter {
  readonly field_4: readonly {
    readonly field_1: readonly { readonly field_3?: { readonly field_12?: RawStatistics } }[];
  }[];
}

interface RawStatistics {
  readonly field_3?: bigint;
  readonly field_5?: Uint8Array;
  readonly field_6?: Uint8Array;
}

type BoundOf = (bytes: Uint8Array) => Bound;

/** What a file that we wrote tells of its values in its statistics and page indexes. See `ShardChecker.toldValues`. */
export function toldValues(
  file: ReadableFile,
  { bytes, as }: { readonly bytes: number; readonly as: StoredAs },
): Promise<readonly (readonly (ToldChunk | undefined)[])[]> {
  return readable(toldIn(file, bytes, as));
}

async function toldIn(
  file: ReadableFile,
  bytes: number,
  as: StoredAs,
): Promise<readonly (readonly (ToldChunk | undefined)[])[]> {
  const ending = await footerOf(file, bytes);
  const [footer, raw] = [metadataIn(ending), structureIn<RawFooter>(ending)];
  const places = columnsByName(footer.schema);
  const schema = arrowSchema(as.columns);
  const { leaves } = parquetSchema(schema);
  const told: (readonly (ToldChunk | undefined)[])[] = [];
  for (const rowGroup of footer.row_groups.keys()) {
    const columns: (ToldChunk | undefined)[] = [];
    for (const field of schema.fields as Field<DataType>[]) {
      const place = places.get(field.name);
      const leaf = leaves.find(({ path }) => path.length === 1 && path[0] === field.name);
      // Of nested columns nothing is told of rows.
      if (place?.elements.length !== 1 || leaf === undefined) columns.push(undefined);
      else {
        const boundOf = factsBound(leaf, field.type);
        const of = { place, rowGroup, statistics: statisticsIn(raw, rowGroup, place), boundOf };
        columns.push(await toldChunk({ file, bytes, footer }, of));
      }
    }
    told.push(columns);
  }
  return told;
}

const statisticsIn = ({ field_4: groups }: RawFooter, rowGroup: number, { chunks }: FileColumn): RawStatistics =>
  groups[rowGroup]!.field_1[chunks.first]!.field_3?.field_12 ?? {};

async function toldChunk(
  { file, bytes, footer }: { readonly file: ReadableFile; readonly bytes: number; readonly footer: FileMetaData },
  {
    place,
    rowGroup,
    statistics,
    boundOf,
  }: {
    readonly place: FileColumn;
    readonly rowGroup: number;
    readonly statistics: RawStatistics;
    readonly boundOf: BoundOf;
  },
): Promise<ToldChunk> {
  const { num_rows: count, columns } = footer.row_groups[rowGroup]!;
  const chunk = columns[place.chunks.first]!;
  const where = `row group ${rowGroup}, column ${place.elements[0]!.name}`;
  const indexes = await indexesOf(file, chunk, bytes).catch((cause: unknown) => {
    throw new Error(`${where}: its index cannot be read: ${(cause as Error).message}`, { cause });
  });
  const rows = Number(count);
  const nulls = statistics.field_3 === undefined ? undefined : Number(statistics.field_3);
  const { field_6: min, field_5: max } = statistics;
  const whole = { rows, nulls, bounds: min && max && boundsBy(boundOf, min, max) };
  if (indexes.column === undefined && indexes.offset === undefined) return { ...whole, pages: [] };
  const only = alone(footer, place, rowGroup);
  const [own] = await modestChunks(fileBuffer(file, bytes), only, limitsOf(true));
  const pages = own!.pages.filter(({ values }) => values > 0);
  if (indexes.offset) assertPlaces(indexes.offset, pages, where);
  return { ...whole, pages: indexes.column ? toldPages(indexes.column, pages, boundOf) : [] };
}

async function indexesOf(
  file: ReadableFile,
  chunk: ColumnChunk,
  bytes: number,
): Promise<{ readonly column: ColumnIndex | undefined; readonly offset: OffsetIndex | undefined }> {
  const [column, offset] = [
    { offset: chunk.column_index_offset, length: chunk.column_index_length, bytes },
    { offset: chunk.offset_index_offset, length: chunk.offset_index_length, bytes },
  ];
  return {
    column: await readStructure<ColumnIndex>(file, column),
    offset: await readStructure<OffsetIndex>(file, offset),
  };
}

const boundsBy = (boundOf: BoundOf, min: Uint8Array, max: Uint8Array): Bounds => ({
  min: boundOf(min),
  max: boundOf(max),
});

/** Readers that pass over pages take these places for theirs. @throws Error where they are not */
function assertPlaces({ field_1: places }: OffsetIndex, pages: readonly ReadPage[], where: string): void {
  let row = 0;
  const isAll = pages.every(({ at, end, values }, index) => {
    const place = places[index];
    const isOwn = Number(place?.field_1) === at && place?.field_2 === end - at && Number(place.field_3) === row;
    row += values;
    return isOwn;
  });
  if (!isAll || places.length !== pages.length)
    throw new Error(`${where}: its index tells other places of pages than it has`);
}

function toldPages(
  { field_1: isNull, field_2: min, field_3: max, field_5: nulls }: ColumnIndex,
  pages: readonly ReadPage[],
  boundOf: BoundOf,
): readonly ToldValues[] {
  return pages.map(({ values: rows }, page): ToldValues => {
    if (isNull[page] === true) return { rows, nulls: rows, bounds: undefined };
    const told = nulls?.[page];
    return {
      rows,
      nulls: told === undefined ? undefined : Number(told),
      bounds: boundsBy(boundOf, min[page]!, max[page]!),
    };
  });
}
