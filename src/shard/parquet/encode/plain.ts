import type { ByteSink } from '../pages/byte-sink.js';
import { plainSize, type Slices, type Values } from '../values/values.js';

/** Writes values `from` to `to` in the PLAIN encoding: little-endian numbers, bit-packed booleans, length-prefixed bytes. */
export function writePlain(sink: ByteSink, values: Values, from: number, to: number): void {
  sink.reserve(plainSize(values, from, to) + 8);
  switch (values.layout) {
    case 'words':
      return copyBytes(sink, values.words, from, to, 4);
    case 'pairs':
      return copyBytes(sink, values.words, from, to, 8);
    case 'fixed':
      return copyBytes(sink, values.data, from, to, values.width);
    case 'narrow':
      return writeNarrow(sink, values.words, from, to);
    case 'bits':
      return writeBits(sink, values.data, from, to);
    case 'slices':
      return writeSlices(sink, values, from, to);
  }
}

function copyBytes(sink: ByteSink, source: Int32Array | Uint8Array, from: number, to: number, width: number): void {
  const size = (to - from) * width;
  sink.bytes.set(new Uint8Array(source.buffer, source.byteOffset + from * width, size), sink.length);
  sink.length += size;
}

function writeNarrow(sink: ByteSink, words: Int32Array, from: number, to: number): void {
  const { view } = sink;
  let at = sink.length;
  for (let i = from; i < to; i++, at += 8) {
    const low = words[i]!;
    view.setInt32(at, low, true);
    view.setInt32(at + 4, low >> 31, true);
  }
  sink.length = at;
}

function writeBits(sink: ByteSink, flags: Uint8Array, from: number, to: number): void {
  const { bytes } = sink;
  let at = sink.length;
  for (let i = from; i < to; i += 8) {
    let byte = 0;
    for (let k = 0; k < 8 && i + k < to; k++) byte |= flags[i + k]! << k;
    bytes[at++] = byte;
  }
  sink.length = at;
}

/** Longer than this, the runtime's own copy is faster than a loop. */
const longSlice = 128;

function writeSlices(sink: ByteSink, { starts, ends, data }: Slices, from: number, to: number): void {
  const { bytes, view } = sink;
  const source = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = sink.length;
  for (let i = from; i < to; i++) {
    let next = starts[i]!;
    const end = ends[i]!;
    view.setInt32(at, end - next, true);
    at += 4;
    if (end - next > longSlice) {
      bytes.set(data.subarray(next, end), at);
      at += end - next;
      continue;
    }
    for (; next + 4 <= end; next += 4, at += 4) view.setInt32(at, source.getInt32(next, true), true);
    for (; next < end; next++, at++) bytes[at] = data[next]!;
  }
  sink.length = at;
}
