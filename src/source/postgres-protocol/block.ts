import { TidemarkError } from '../../core/errors.js';
import { FrameBlock } from '../../core/fields/field-block.js';

/** The type bytes of messages that hold a row: `d` and `D`. */
const rowMessages = { CopyData: 0x64, DataRow: 0x44 } as const;

/**
 * The fields of rows of a binary COPY, or of a SELECT. A row comes as one message, CopyData or DataRow:
 *
 *     0     'd' or 'D'
 *     1     int32   length of the message: itself and all that follows
 *     5     int16   number of fields
 *     7     fields: int32 length (−1: NULL), then so many bytes
 *
 * All integers are big-endian.
 */
export class Block extends FrameBlock {
  private readonly mark: number;

  constructor(
    columns: number,
    private readonly message: keyof typeof rowMessages = 'CopyData',
  ) {
    super(columns);
    this.mark = rowMessages[message];
  }

  scan(start: number, end: number): number {
    const { view, offsets, lengths, nulls, columns, capacity, stride, mark } = this;
    nulls.fill(0);
    this.rows = 0;
    let position = start;
    let row = 0;
    while (position < end && row < capacity) {
      if (end - position < 7) throw brokenFrame('a message is cut short');
      const frameEnd = position + 1 + view.getInt32(position + 1);
      if (view.getUint8(position) !== mark) throw brokenFrame(`a message is not ${this.message}`);
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
      // In the loop, and nothing behind it: see core/arrow/extremes.ts.
      this.rows = ++row;
    }
    return position;
  }
}

function brokenFrame(what: string): TidemarkError {
  return new TidemarkError('source.protocol', `The server's row data cannot be read: ${what}`, {
    hint: 'The connection, or a proxy on its way, garbled the data; or the server speaks another dialect: try --via cursor.',
  });
}
