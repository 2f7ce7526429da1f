// LZ4's frame format, written here since no package for it is at hand: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md

const hashBits = 14;
const blockSize = 4 << 20;
// Version 1, blocks independent, no checksums; blocks of 4 MiB; the header's checksum of these two bytes.
const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);

function writeLength(out, at, length) {
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) out[at++] = 255;
  out[at++] = rest;
  return at;
}

/** One sequence: literals of `source`, then, but for the last, a match. */
function writeSequence(out, start, source, from, to, match) {
  const count = to - from;
  let at = start + 1;
  if (count >= 15) at = writeLength(out, at, count);
  source.copy(out, at, from, to);
  at += count;
  out[start] = Math.min(count, 15) << 4;
  if (match === undefined) return at;
  out.writeUInt16LE(match.offset, at);
  at += 2;
  out[start] |= Math.min(match.length - 4, 15);
  return match.length - 4 >= 15 ? writeLength(out, at, match.length - 4) : at;
}

function compressBlock(source) {
  const out = Buffer.allocUnsafe(source.length + Math.ceil(source.length / 255) + 16);
  const table = new Int32Array(1 << hashBits).fill(-1);
  let at = 0;
  let from = 0;
  // The last match begins 12 bytes before the end at least, and the last 5 bytes are literals.
  for (let i = 0; i < source.length - 12;) {
    const word = source.readInt32LE(i);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const seen = table[slot];
    table[slot] = i;
    if (seen < 0 || i - seen > 65_535 || source.readInt32LE(seen) !== word) {
      // The longer nothing is found, the larger the steps: what does not compress costs little.
      i += 1 + ((i - from) >> 6);
      continue;
    }
    let length = 4;
    while (i + length < source.length - 5 && source[seen + length] === source[i + length]) length += 1;
    at = writeSequence(out, at, source, from, i, { offset: i - seen, length });
    i += length;
    from = i;
  }
  at = writeSequence(out, at, source, from, source.length);
  return out.subarray(0, at);
}

export function compressFrame(bytes) {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [header];
  for (let at = 0; at < source.length; at += blockSize) {
    const plain = source.subarray(at, at + blockSize);
    const packed = compressBlock(plain);
    const stored = packed.length >= plain.length;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(((stored ? plain : packed).length | (stored ? 0x80000000 : 0)) >>> 0);
    parts.push(size, stored ? plain : packed);
  }
  parts.push(Buffer.alloc(4));
  return Buffer.concat(parts);
}
