import { type Bounds, mergeBounds } from '../statistics/bounds.js';
import { ByteSink } from './byte-sink.js';
import { type Compressor, pays } from './compressor.js';
import { writeDeltaLengths, writeDeltas } from '../encode/delta.js';
import { chooseEncoding, isWords } from '../encode/choose-encoding.js';
import type { Dictionary } from '../encode/dictionary.js';
import { CodecNumber, Encoding } from '../thrift/enumerations.js';
import type { LeafColumn } from '../values/leaf-column.js';
import type { ChunkMeta, PageMeta } from './written-pages.js';
import { writeDataPageHeader, writeDictionaryPageHeader, writeLevels } from './page.js';
import { cutPages, type PageCut, type PageLimits } from './cut-pages.js';
import { writePlain } from '../encode/plain.js';
import { writeHybrid } from '../encode/rle.js';
import type { Scratch } from '../encode/scratch.js';
import { boundsOf } from '../statistics/statistics.js';
import { ThriftWriter } from '../thrift/writer.js';
import type { ValueEncoding } from '../options.js';

/** How one leaf column is written. */
export interface ChunkSettings extends PageLimits {
  readonly dictionary: boolean;
  readonly encoding: ValueEncoding;
  /** False for redacted columns. */
  readonly statistics: boolean;
}

/** The buffers that chunks are made in: `raw` has the pages' bodies before compression, `out` has the row group. */
export class ChunkWriter {
  private readonly raw = new ByteSink(1 << 20);
  private readonly thrift: ThriftWriter;
  /** Of the chunk that was written last. */
  dictionary: Dictionary | undefined;

  constructor(
    private readonly out: ByteSink,
    private readonly compressor: Compressor | undefined,
    private readonly scratch: Scratch,
  ) {
    this.thrift = new ThriftWriter(out);
  }

  /** Appends one column chunk to the row group: a dictionary page if there is one, then data pages. */
  write(column: LeafColumn, settings: ChunkSettings): ChunkMeta {
    const { out, raw, scratch } = this;
    const { values } = column;
    const { encoding, dictionary } = chooseEncoding(values, settings, scratch);
    this.dictionary = dictionary;
    const cuts = cutPages(column, dictionary?.width, settings);
    raw.length = 0;
    if (dictionary) writePlain(raw, dictionary.values, 0, dictionary.values.count);
    const dictionaryEnd = raw.length;
    const ends = cuts.map((cut) => this.writeBody(column, cut, dictionary, encoding));
    const compressor = this.compressor && pays(this.compressor, raw.written()) ? this.compressor : undefined;

    const start = out.length;
    let headers = 0;
    if (dictionary) headers += this.writeDictionaryPage(dictionary, dictionaryEnd, compressor);
    const dataOffset = out.length;
    const pages: PageMeta[] = [];
    cuts.forEach((cut, i) => {
      const offset = out.length;
      headers += this.writeDataPage(
        { from: i === 0 ? dictionaryEnd : ends[i - 1]!, to: ends[i]!, cut },
        encoding,
        compressor,
      );
      const nulls = cut.slotTo - cut.slotFrom - (cut.valueTo - cut.valueFrom);
      const bounds = settings.statistics
        ? boundsOf(column.leaf, { values, dictionary, from: cut.valueFrom, to: cut.valueTo }, scratch)
        : undefined;
      pages.push({
        offset,
        size: out.length - offset,
        firstRow: cut.firstRow,
        slots: cut.slotTo - cut.slotFrom,
        nulls,
        bounds,
      });
    });
    return {
      codec: compressor?.codec ?? CodecNumber.none,
      dataEncoding: encoding,
      dictionaryOffset: dictionary ? start : undefined,
      dataOffset,
      slots: column.slots,
      nulls: column.slots - values.count,
      uncompressedSize: headers + raw.length,
      compressedSize: out.length - start,
      bounds: chunkBounds(pages, column),
      pages,
    };
  }

  /** Appends a page's body to `raw` and gives where it ends. */
  private writeBody(column: LeafColumn, cut: PageCut, dictionary: Dictionary | undefined, encoding: number): number {
    const { raw, scratch } = this;
    const { values } = column;
    writeLevels(raw, column, cut);
    if (dictionary) {
      raw.byte(dictionary.width);
      writeHybrid(raw, dictionary.codes, cut.valueFrom, cut.valueTo, dictionary.width);
    } else if (encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY && values.layout === 'slices') {
      writeDeltaLengths(raw, values, cut.valueFrom, cut.valueTo, scratch);
    } else if (encoding === Encoding.DELTA_BINARY_PACKED && isWords(values)) {
      writeDeltas(raw, values, cut.valueFrom, cut.valueTo);
    } else writePlain(raw, values, cut.valueFrom, cut.valueTo);
    return raw.length;
  }

  private writeDictionaryPage(dictionary: Dictionary, end: number, compressor: Compressor | undefined): number {
    const body = this.body(0, end, compressor);
    const start = this.out.length;
    const entries = dictionary.values.count;
    writeDictionaryPageHeader(this.thrift, { uncompressedSize: end, compressedSize: body.length, entries });
    return this.finishPage(start, body);
  }

  private writeDataPage(
    { from, to, cut }: { readonly from: number; readonly to: number; readonly cut: PageCut },
    encoding: number,
    compressor: Compressor | undefined,
  ): number {
    const body = this.body(from, to, compressor);
    const start = this.out.length;
    const slots = cut.slotTo - cut.slotFrom;
    writeDataPageHeader(this.thrift, { uncompressedSize: to - from, compressedSize: body.length, slots, encoding });
    return this.finishPage(start, body);
  }

  private body(from: number, to: number, compressor: Compressor | undefined): Uint8Array {
    const body = this.raw.bytes.subarray(from, to);
    return compressor ? compressor.compress(body) : body;
  }

  /** Appends the body behind its header; gives the header's size. */
  private finishPage(start: number, body: Uint8Array): number {
    const header = this.out.length - start;
    this.out.append(body);
    return header;
  }
}

/** The bounds over all pages that have any value. Pages of nothing but NaN are passed over. */
function chunkBounds(pages: readonly PageMeta[], { leaf, values }: LeafColumn): Bounds | undefined {
  if (values.count === 0) return undefined;
  const float = leaf.order === 'f32' || leaf.order === 'f64';
  const missing = pages.some((page) => page.bounds === undefined && page.nulls < page.slots);
  if (missing && !float) return undefined;
  const bounds = mergeBounds(
    pages.flatMap((page) => page.bounds ?? []),
    leaf.order,
  );
  return bounds && { ...bounds, nan: bounds.nan || missing };
}
