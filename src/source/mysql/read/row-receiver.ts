import { TidemarkError } from '../../../core/errors.js';
import type { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink } from '../../../core/source.js';
import { frameHeader, longFrame, longFrameHeader } from '../decode/frame.js';

/** Bytes that are taken at once. Small enough to stay in the cache between receiving and decoding. */
const sliceBytes = 192 * 1024;
const bufferBytes = 512 * 1024;
const mebibyte = 1024 * 1024;

const rowMark = 0x00;
const endMark = 0xfe;
const errorMark = 0xff;
/** The packet that ends a result is shorter than any row that begins with its mark. */
const longestEnd = 9;
/** What the client reads of an end and of an error without asking whether it is there: warnings and status; a number. */
const shortestEnd = 5;
const shortestError = 3;

/**
 * Takes the bytes of the rows of one result, and hands whole rows on. Bytes lie like this:
 *
 *     0 … start        handed over already
 *     start … walked   whole rows of the row group at hand
 *     walked … end     the beginning of a row
 */
export class RowReceiver {
  /** The packet that ended the result, with its header: its end, or an error. */
  last: Uint8Array | undefined;
  /** What the sink threw: from then on rows are looked at for the end of the result alone. */
  failure: { readonly error: unknown } | undefined;
  private buffer = new Uint8Array(bufferBytes);
  private start = 0;
  private walked = 0;
  private end = 0;
  private count = 0;

  constructor(
    private readonly bounds: RowGroupBounds,
    private readonly sink: FrameSink,
  ) {}

  /** Takes what came. It may be written over afterwards. @throws source.protocol */
  async received(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += sliceBytes) {
      const slice = bytes.subarray(from, from + sliceBytes);
      this.makeRoom(slice.length);
      this.buffer.set(slice, this.end);
      this.end += slice.length;
      await this.walk();
    }
  }

  private async walk(): Promise<void> {
    while (this.last === undefined) {
      const length = this.wholeFrame();
      if (length === undefined) break;
      const mark = this.mark(length);
      if (this.isEnd(mark, length)) {
        await this.handOver();
        this.last = this.buffer.slice(this.walked, this.walked + length);
        return;
      }
      if (mark !== rowMark) {
        const what = mark === undefined ? 'an empty packet' : `a packet of kind ${mark}`;
        throw new TidemarkError('source.protocol', `the server sent ${what} for a row`);
      }
      if (this.failure === undefined && this.bounds.startsNew(length)) {
        await this.handOver();
        await this.tell(() => this.sink.cut());
      }
      this.walked += length;
      this.count += 1;
    }
    await this.handOver();
  }

  /** The first byte of the payload of the frame at `walked`. An empty one has none: what lies behind it is another packet's. */
  private mark(length: number): number | undefined {
    const { buffer, walked } = this;
    const header = isLong(buffer, walked) ? longFrameHeader : frameHeader;
    return length > header ? buffer[walked + header] : undefined;
  }

  /** No end and no error takes several packets. */
  private isEnd(mark: number | undefined, length: number): boolean {
    if (isLong(this.buffer, this.walked)) return false;
    const payload = length - frameHeader;
    if (mark === errorMark) return payload >= shortestError;
    return mark === endMark && payload >= shortestEnd && payload < longestEnd;
  }

  /** The length of the frame that begins at `walked`, when all of it is there; packets that go on are made one. */
  private wholeFrame(): number | undefined {
    const { buffer, walked, end } = this;
    if (end - walked < frameHeader) return undefined;
    if (isLong(buffer, walked)) return this.joined();
    const length = frameHeader + payloadLength(buffer, walked);
    return end - walked < length ? undefined : length;
  }

  /**
   * Makes one frame of a row of several packets. Its payload moves by the four bytes that the length of all takes, over the header
   * of the second packet; the later ones close up.
   */
  private joined(): number | undefined {
    const { buffer, walked } = this;
    const later: { readonly payload: number; readonly end: number }[] = [];
    let at = walked;
    for (;;) {
      if (this.end - at < frameHeader) return undefined;
      const next = at + frameHeader + payloadLength(buffer, at);
      if (next > this.end) return undefined;
      if (at > walked) later.push({ payload: at + frameHeader, end: next });
      const goesOn = isLong(buffer, at);
      at = next;
      if (!goesOn) break;
    }
    const first = walked + frameHeader;
    buffer.copyWithin(walked + longFrameHeader, first, first + longFrame);
    let to = walked + longFrameHeader + longFrame;
    for (const { payload, end } of later) {
      buffer.copyWithin(to, payload, end);
      to += end - payload;
    }
    buffer.copyWithin(to, at, this.end);
    this.end -= at - to;
    const length = to - walked;
    new DataView(buffer.buffer).setUint32(first, length - longFrameHeader, true);
    return length;
  }

  private async handOver(): Promise<void> {
    const { start, walked, count } = this;
    this.start = walked;
    this.count = 0;
    if (count > 0) await this.tell(() => this.sink.rows(this.buffer, start, walked, count));
  }

  private async tell(say: () => void | Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await say();
    } catch (error) {
      this.failure = { error };
    }
  }

  /** Moves what is not handed over yet to the front; into a larger buffer where it does not fit. */
  private makeRoom(bytes: number): void {
    if (this.buffer.length - this.end >= bytes) return;
    const kept = this.end - this.start;
    const needed = kept + bytes;
    if (needed <= this.buffer.length && this.buffer.length <= Math.max(bufferBytes, 4 * needed)) {
      this.buffer.copyWithin(0, this.start, this.end);
    } else {
      const size = needed <= bufferBytes ? bufferBytes : Math.ceil((needed * 1.5) / mebibyte) * mebibyte;
      const other = new Uint8Array(size);
      other.set(this.buffer.subarray(this.start, this.end));
      this.buffer = other;
    }
    this.walked -= this.start;
    this.end = kept;
    this.start = 0;
  }
}

function payloadLength(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

function isLong(bytes: Uint8Array, at: number): boolean {
  return payloadLength(bytes, at) === longFrame;
}
