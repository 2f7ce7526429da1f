import { frameHeader, longFrame, longFrameHeader } from '../decode/frame.js';

const mebibyte = 1024 * 1024;
/** A buffer that a very long row needed is not kept for others. */
const keptBytes = 4 * mebibyte;

/** A frame of which not all has come, or of which several packets must be made one. */
export class PendingRow {
  private buffer = new Uint8Array(64 * 1024);
  private length = 0;
  /** Where the last packet begins, of those that have begun. */
  private packet = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Takes bytes from `from` on, as many as are missing. @returns where it stopped */
  take(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let missing = this.missing(); missing > 0 && at < bytes.length; missing = this.missing()) {
      const part = bytes.subarray(at, at + missing);
      this.makeRoom(part.length);
      this.buffer.set(part, this.length);
      this.length += part.length;
      at += part.length;
    }
    return at;
  }

  /** How long the frame is at least, as far as is known: of a row of several packets up to the end of the one at hand. */
  get knownLength(): number {
    return this.length + this.missing();
  }

  /** The frame, once all of it is there; it is valid until more is taken. */
  whole(): Uint8Array | undefined {
    if (this.missing() > 0) return undefined;
    const length = isLong(this.buffer, 0) ? this.joined() : this.length;
    this.length = this.packet = 0;
    return this.buffer.subarray(0, length);
  }

  /** Bytes that must come before more can be said; 0: all is there. */
  private missing(): number {
    for (;;) {
      const header = this.packet + frameHeader - this.length;
      if (header > 0) return header;
      const end = this.packet + frameHeader + payloadLength(this.buffer, this.packet);
      if (end > this.length) return end - this.length;
      if (!isLong(this.buffer, this.packet)) return 0;
      this.packet = end;
    }
  }

  /**
   * Makes one frame of a row of several packets. The first payload moves by the four bytes that the length of all takes, over the
   * header of the second packet; the later ones close up.
   */
  private joined(): number {
    const { buffer } = this;
    const later: { readonly payload: number; readonly end: number }[] = [];
    for (let at = frameHeader + longFrame; at < this.length;) {
      const end = at + frameHeader + payloadLength(buffer, at);
      later.push({ payload: at + frameHeader, end });
      at = end;
    }
    buffer.copyWithin(longFrameHeader, frameHeader, frameHeader + longFrame);
    let to = longFrameHeader + longFrame;
    for (const { payload, end } of later) {
      buffer.copyWithin(to, payload, end);
      to += end - payload;
    }
    new DataView(buffer.buffer).setUint32(frameHeader, to - longFrameHeader, true);
    return to;
  }

  private makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    const isTooLarge = this.length === 0 && this.buffer.length > keptBytes;
    if (needed <= this.buffer.length && !isTooLarge) return;
    const size = needed <= mebibyte ? mebibyte : Math.ceil((needed * 1.5) / mebibyte) * mebibyte;
    const other = new Uint8Array(size);
    other.set(this.buffer.subarray(0, this.length));
    this.buffer = other;
  }
}

export function payloadLength(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

export function isLong(bytes: Uint8Array, at: number): boolean {
  return payloadLength(bytes, at) === longFrame;
}
