import { compareBounds } from '../statistics/bounds.js';
import { BoundaryOrder, type Order } from '../thrift/enumerations.js';
import { ColumnIndex, OffsetIndex, PageLocation } from '../thrift/fields.js';
import type { ChunkMeta, PageMeta } from './written-pages.js';
import { ThriftType, type ThriftWriter } from '../thrift/writer.js';

/**
 * Writes a chunk's ColumnIndex. A chunk that has a page with values but without bounds (redacted, no order), or with NaN, gets none: false is returned.
 */
export function writeColumnIndex(out: ThriftWriter, chunk: ChunkMeta, order: Order): boolean {
  const { pages } = chunk;
  if (pages.some((page) => (page.bounds === undefined ? !isNullPage(page) : page.bounds.nan))) return false;
  const empty = new Uint8Array(0);
  out.structElement(() => {
    out.list(ColumnIndex.null_pages, ThriftType.TRUE, pages, (page) => out.boolElement(isNullPage(page)));
    out.list(ColumnIndex.min_values, ThriftType.BINARY, pages, (page) => out.binaryElement(page.bounds?.min ?? empty));
    out.list(ColumnIndex.max_values, ThriftType.BINARY, pages, (page) => out.binaryElement(page.bounds?.max ?? empty));
    out.i32(ColumnIndex.boundary_order, boundaryOrder(pages, order));
    out.list(ColumnIndex.null_counts, ThriftType.I64, pages, (page) => out.zigzag(page.nulls));
  });
  return true;
}

/** Writes a chunk's OffsetIndex: where each page lies. */
export function writeOffsetIndex(out: ThriftWriter, chunk: ChunkMeta, base: number): void {
  out.structElement(() => {
    out.list(OffsetIndex.page_locations, ThriftType.STRUCT, chunk.pages, (page) =>
      out.structElement(() => {
        out.i64(PageLocation.offset, base + page.offset);
        out.i32(PageLocation.compressed_page_size, page.size);
        out.i64(PageLocation.first_row_index, page.firstRow);
      }),
    );
  });
}

function isNullPage(page: PageMeta): boolean {
  return page.nulls === page.slots;
}

/** Whether both minima and maxima rise (or both fall) from page to page; pages of NULLs are passed over. */
function boundaryOrder(pages: readonly PageMeta[], order: Order): number {
  const bounds = pages.flatMap((page) => page.bounds ?? []);
  let rising = true;
  let falling = true;
  for (let i = 1; i < bounds.length; i++) {
    const min = compareBounds(bounds[i - 1]!.min, bounds[i]!.min, order);
    const max = compareBounds(bounds[i - 1]!.max, bounds[i]!.max, order);
    rising &&= min <= 0 && max <= 0;
    falling &&= min >= 0 && max >= 0;
  }
  return rising ? BoundaryOrder.ASCENDING : falling ? BoundaryOrder.DESCENDING : BoundaryOrder.UNORDERED;
}
