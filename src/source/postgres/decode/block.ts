import { TidemarkError } from '../../../core/errors.js';

/** Rows of a block: so many that the loops over columns are long, so few that bytes and offsets stay in the cache. */
const maxRows = 2048;
/** Fields of a block, for tables so wide that `maxRows` rows would not stay in the cache. */
const maxFields = 65_536;
/** Entries between two columns: a cache line, since columns that are a power of two apart would push each other out. */
const padding = 16;

/** The type byte of a CopyData message: `d`. */
const copyData = 0x64;

/**
 * Where the fields of some consecutive rows lie. A row comes as one CopyData message:
 *
 *     0     'd'
 *     1     int32   length of the message: itself and all that follows
 *     5     int16   number of fields
 *     7     fields: int32 length (−1: NULL), then so many bytes
 *
 * All integers are big-endian. Field `c` of row `r` is at index `c * stride + r`, so that a column is contiguous.
 */
export class Block {
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

  /** Takes the bytes that the next calls of `scan` look at. */
  over(bytes: Uint8Array): void {
    // A plain view, whatever came: one hidden class keeps the loops over its bytes monomorphic.
    this.bytes = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Finds the fields of whole frames from `start` on, until the block is full or `end` is reached.
   * @returns the position after the last frame taken
   * @throws source.protocol when a frame is not what the layout above says
   */
  scan(start: number, end: number): number {
    const { view, offsets, lengths, nulls, columns, capacity, stride } = this;
    nulls.fill(0);
    let position = start;
    let row = 0;
    while (position < end && row < capacity) {
      if (end - position < 7) throw brokenFrame('a message is cut short');
      const frameEnd = position + 1 + view.getInt32(position + 1);
      if (view.getUint8(position) !== copyData) throw brokenFrame('a message is not CopyData');
      if (frameEnd > end || frameEnd < position + 7) throw brokenFrame("a message's length is impossible");
      if (view.getInt16(position + 5) !== columns) {
        throw brokenFrame(`a row has ${view.getInt16(position + 5)} fields where ${columns} were asked for`);
      }
      let field = position + 7;
      for (let c = 0, k = row; c < columns; c++, k += stride) {
        if (field + 4 > frameEnd) throw brokenFrame('a field passes the end of its row');
        const length = view.getInt32(field);
        field += 4;
        offsets[k] = field;
        lengths[k] = length;
        if (length >= 0) field += length;
        else if (length === -1) nulls[c] = nulls[c]! + 1;
        else throw brokenFrame(`a field's length is ${length}`);
      }
      if (field !== frameEnd) throw brokenFrame("a row's fields do not end where the row ends");
      position = frameEnd;
      row++;
    }
    this.rows = row;
    return position;
  }
}

function brokenFrame(what: string): TidemarkError {
  return new TidemarkError('source.protocol', `The server's row data cannot be read: ${what}`, {
    hint: 'The connection, or a proxy on its way, garbled the data; or the server speaks another dialect: try --via cursor.',
  });
}
