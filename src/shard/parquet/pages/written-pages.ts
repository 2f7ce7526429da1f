import type { Bounds } from '../statistics/bounds.js';

/** A data page inside its column chunk. Sizes in bytes. */
export interface PageMeta {
  /** Of the page's header, from the start of the row group. */
  readonly offset: number;
  /** Header and compressed body. */
  readonly size: number;
  /** Within the row group. */
  readonly firstRow: number;
  readonly slots: number;
  readonly nulls: number;
  readonly bounds: Bounds | undefined;
}

/** A column chunk inside its row group. Offsets are from the start of the row group. */
export interface ChunkMeta {
  readonly codec: number;
  readonly dataEncoding: number;
  readonly dictionaryOffset: number | undefined;
  readonly dataOffset: number;
  /** Levels: rows, or more inside lists. */
  readonly slots: number;
  readonly nulls: number;
  /** Headers and bodies, before compression. */
  readonly uncompressedSize: number;
  readonly compressedSize: number;
  readonly bounds: Bounds | undefined;
  readonly pages: readonly PageMeta[];
}

/** What the assembler has to know of a row group: plain data, so that it can cross threads. */
export interface RowGroupMeta {
  readonly rows: number;
  readonly bytes: number;
  readonly chunks: readonly ChunkMeta[];
}
