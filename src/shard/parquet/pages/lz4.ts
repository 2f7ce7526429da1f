import { ByteSink } from './byte-sink.js';

const tableBits = 14;
const shortestMatch = 4;
const farthestMatch = 65_535;
/** The format's end: the last five bytes are literals, and no match begins in the last twelve. */
const literalTail = 5;
const matchTail = 12;

/**
 * Compresses to LZ4's block format, which LZ4_RAW pages have. A sequence is: a token `literals << 4 | match length − 4`
 * (15 in either half continues in bytes of up to 255), the literals, the match's distance in two bytes.
 */
export class Lz4BlockCompressor {
  private readonly table = new Int32Array(1 << tableBits);
  private readonly out = new ByteSink();

  /** The result is valid until the next call. */
  compress(source: Uint8Array): Uint8Array {
    const { out, table } = this;
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    const lastMatch = source.length - matchTail;
    const matchEnd = source.length - literalTail;
    out.length = 0;
    out.reserve(source.length + Math.ceil(source.length / 255) + 16);
    table.fill(0);
    let anchor = 0;
    let at = 0;
    let misses = 0;
    while (at <= lastMatch) {
      const word = view.getInt32(at, true);
      const slot = Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
      let candidate = table[slot]! - 1;
      table[slot] = at + 1;
      if (candidate < 0 || at - candidate > farthestMatch || view.getInt32(candidate, true) !== word) {
        at += 1 + (misses++ >> 6); // data that does not repeat is skipped through faster and faster
        continue;
      }
      misses = 0;
      let end = at + shortestMatch;
      for (let from = candidate + shortestMatch; end < matchEnd && source[end] === source[from]; from++) end++;
      while (at > anchor && candidate > 0 && source[at - 1] === source[candidate - 1]) {
        at--;
        candidate--;
      }
      this.literals(source, anchor, at, end - at - shortestMatch);
      out.bytes[out.length++] = (at - candidate) & 0xff;
      out.bytes[out.length++] = (at - candidate) >> 8;
      if (end - at - shortestMatch >= 15) this.lengthBytes(end - at - shortestMatch - 15);
      at = anchor = end;
    }
    this.literals(source, anchor, source.length, 0);
    return out.written();
  }

  /** The token and the literals `from` to `to`. `matched` is the match's length less four; 0 where none follows. */
  private literals(source: Uint8Array, from: number, to: number, matched: number): void {
    const { out } = this;
    const count = to - from;
    out.bytes[out.length++] = (Math.min(15, count) << 4) | Math.min(15, matched);
    if (count >= 15) this.lengthBytes(count - 15);
    if (count > 32) out.bytes.set(source.subarray(from, to), out.length);
    else for (let i = 0; i < count; i++) out.bytes[out.length + i] = source[from + i]!;
    out.length += count;
  }

  private lengthBytes(length: number): void {
    const { out } = this;
    let rest = length;
    for (; rest >= 255; rest -= 255) out.bytes[out.length++] = 255;
    out.bytes[out.length++] = rest;
  }
}
