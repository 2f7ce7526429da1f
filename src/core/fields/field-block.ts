/** Rows of a block: so many that the loops over columns are long, so few that bytes and offsets stay in the cache. */
const maxRows = 2048;
/** Fields of a block, for tables so wide that `maxRows` rows would not stay in the cache. */
const maxFields = 65_536;
/** Entries between two columns: a cache line, since columns that are a power of two apart would push each other out. */
const padding = 16;

/**
 * Where the fields of some consecutive rows lie in the bytes that a server sent. Field `c` of row `r` is at index
 * `c * stride + r`, so that a column is contiguous. What a value is made of (elements of arrays, fields of structs) is found
 * in blocks of its own, over the same bytes.
 */
export class FieldBlock {
  readonly capacity: number;
  readonly stride: number;
  /** Position of each field's first byte in `bytes`. */
  readonly offsets: Int32Array;
  /** Bytes of each field; −1 is NULL. */
  readonly lengths: Int32Array;
  /** NULLs of the block, by column. */
  readonly nulls: Int32Array;
  bytes = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  rows = 0;

  constructor(readonly columns: number) {
    this.capacity = Math.min(maxRows, Math.max(1, Math.floor(maxFields / Math.max(1, columns))));
    this.stride = this.capacity + padding;
    this.offsets = new Int32Array(columns * this.stride);
    this.lengths = new Int32Array(columns * this.stride);
    this.nulls = new Int32Array(columns);
  }

  /** Takes the bytes that the next calls of {@link scan} look at. */
  over(bytes: Uint8Array): void {
    // A plain view, whatever came: one hidden class keeps the loops over its bytes monomorphic.
    this.bytes = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Begins to gather the fields of values of another block. */
  within(outer: FieldBlock): void {
    this.bytes = outer.bytes;
    this.view = outer.view;
    this.clear();
  }

  /** Takes no fields yet. */
  clear(): void {
    this.rows = 0;
    this.nulls.fill(0);
  }

  get isFull(): boolean {
    return this.rows === this.capacity;
  }
}

/** How rows are framed is the source's own: its block finds the fields. */
export abstract class FrameBlock extends FieldBlock {
  /**
   * Finds the fields of whole frames from `start` on, until the block is full or `end` is reached.
   * @returns the position after the last frame taken
   * @throws source.protocol when a frame is not what it must be
   */
  abstract scan(start: number, end: number): number;
}
