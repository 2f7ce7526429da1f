import { writeBitLevels } from '../encode/bit-levels.js';
import type { ByteSink } from './byte-sink.js';
import { Encoding, PageType } from '../thrift/enumerations.js';
import { DataPageHeader, DictionaryPageHeader, PageHeader } from '../thrift/fields.js';
import type { LeafColumn } from '../values/leaf-column.js';
import type { PageCut } from './cut-pages.js';
import { bitWidth, writeHybrid, writeRun } from '../encode/rle.js';
import type { ThriftWriter } from '../thrift/writer.js';

/**
 * Writes the levels of a data page (version 1): repetition levels, then definition levels, each as four bytes of length
 * and an RLE/bit-packed hybrid. Levels that can only be 0 are left out.
 */
export function writeLevels(sink: ByteSink, column: LeafColumn, cut: PageCut): void {
  const { levels, leaf } = column;
  if (levels.form === 'dremel') {
    const { definition, repetition } = levels;
    if (repetition !== undefined) withLength(sink, () => writeDremel(sink, repetition, cut, leaf.maxRepetition));
    if (leaf.maxDefinition > 0) withLength(sink, () => writeDremel(sink, definition, cut, leaf.maxDefinition));
  } else if (leaf.maxDefinition > 0) {
    withLength(sink, () => {
      if (levels.form === 'present') writeRun(sink, cut.rows, 1, 1);
      else writeBitLevels(sink, levels.present, cut.firstRow, cut.rows, cut.valueTo - cut.valueFrom);
    });
  }
}

function writeDremel(sink: ByteSink, levels: Int32Array, cut: PageCut, largest: number): void {
  writeHybrid(sink, levels, cut.slotFrom, cut.slotTo, bitWidth(largest));
}

function withLength(sink: ByteSink, write: () => void): void {
  const start = sink.length;
  sink.int32(0);
  write();
  sink.view.setInt32(start, sink.length - start - 4, true);
}

export function writeDataPageHeader(
  out: ThriftWriter,
  page: { uncompressedSize: number; compressedSize: number; slots: number; encoding: number },
): void {
  out.structElement(() => {
    out.i32(PageHeader.type, PageType.DATA_PAGE);
    out.i32(PageHeader.uncompressed_page_size, page.uncompressedSize);
    out.i32(PageHeader.compressed_page_size, page.compressedSize);
    out.struct(PageHeader.data_page_header, () => {
      out.i32(DataPageHeader.num_values, page.slots);
      out.i32(DataPageHeader.encoding, page.encoding);
      out.i32(DataPageHeader.definition_level_encoding, Encoding.RLE);
      out.i32(DataPageHeader.repetition_level_encoding, Encoding.RLE);
    });
  });
}

export function writeDictionaryPageHeader(
  out: ThriftWriter,
  page: { uncompressedSize: number; compressedSize: number; entries: number },
): void {
  out.structElement(() => {
    out.i32(PageHeader.type, PageType.DICTIONARY_PAGE);
    out.i32(PageHeader.uncompressed_page_size, page.uncompressedSize);
    out.i32(PageHeader.compressed_page_size, page.compressedSize);
    out.struct(PageHeader.dictionary_page_header, () => {
      out.i32(DictionaryPageHeader.num_values, page.entries);
      out.i32(DictionaryPageHeader.encoding, Encoding.PLAIN);
    });
  });
}
