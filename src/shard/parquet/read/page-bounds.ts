import type { DataType, Field } from 'apache-arrow';
import type { ColumnChunk } from 'hyparquet';
import { boundText } from '../../../core/arrow/value-text.js';
import type { PageBounds, ReadableFile, RowGroupBounds, ShardReadOptions } from '../../../core/format.js';
import { arrowSchema, type Column } from '../../../core/types.js';
import { parquetSchema } from '../schema/schema.js';
import { factsBound } from '../statistics/known-bounds.js';
import { columnsByName } from './file-columns.js';
import { readFooter } from './footer.js';
import { type ColumnIndex, readStructure } from './page-index.js';
import { readable } from './readable.js';

/**
 * What the page indexes of a file say of columns: the smallest and largest value of each page, row group by row group. Of files that we wrote:
 * others shorten bounds in other ways.
 */
export async function pageBounds(
  file: ReadableFile,
  { bytes, as, columns = [] }: Pick<ShardReadOptions, 'bytes' | 'as' | 'columns'>,
): Promise<readonly RowGroupBounds[]> {
  const { schema, row_groups: groups } = await readable(readFooter(file, bytes));
  const places = columnsByName(schema);
  const wanted = columns.map((name) => {
    const place = places.get(name);
    const own = as.columns.find((column) => column.name === name);
    // Of nested columns nothing is told.
    return place?.elements.length === 1 && own ? { chunk: place.chunks.first, textsOf: textsOf(own) } : undefined;
  });
  const bounds: RowGroupBounds[] = [];
  for (const group of groups)
    bounds.push(
      await Promise.all(
        wanted.map(async (column) => column && indexOf(file, group.columns[column.chunk]!, { bytes, ...column })),
      ),
    );
  return bounds;
}

type TextsOf = (min: Uint8Array, max: Uint8Array) => PageBounds;

function textsOf(column: Column): TextsOf {
  const schema = arrowSchema([column]);
  const [field] = schema.fields as [Field<DataType>];
  const bound = factsBound(parquetSchema(schema).leaves[0]!, field.type);
  return (min, max) => ({ min: boundText(bound(min), field), max: boundText(bound(max), field) });
}

/** Undefined: the chunk has no index, or none that can be read. */
async function indexOf(
  file: ReadableFile,
  { column_index_offset: offset, column_index_length: length }: ColumnChunk,
  { bytes, textsOf }: { readonly bytes: number; readonly textsOf: TextsOf },
): Promise<readonly PageBounds[] | undefined> {
  try {
    const index = await readStructure<ColumnIndex>(file, { offset, length, bytes });
    return index?.field_2.flatMap((min, page) =>
      index.field_1[page] === true ? [] : [textsOf(min, index.field_3[page]!)],
    );
  } catch {
    return undefined;
  }
}
