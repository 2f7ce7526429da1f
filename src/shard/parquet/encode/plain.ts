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
  storeNarrow(sink, words, from, to);
  sink.length += (to - from) * 8;
}

function storeNarrow({ view, length }: ByteSink, words: Int32Array, from: number, to: number): void {
  for (let i = from, at = length; i < to; i++, at += 8) {
    const low = words[i]!;
    view.setInt32(at, low, true);
    view.setInt32(at + 4, low >> 31, true);
  }
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

function writeSlices(sink: ByteSink, slices: Slices, from: number, to: number): void {
  sink.length = storeSlices(sink, slices, from, to);
}

/** Gives where they end. */
function storeSlices(
  { bytes, view, length }: ByteSink,
  { starts, ends, data }: Slices,
  from: number,
  to: number,
): number {
  const source = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = length;
  const lastWhole = data.length - 4;
  for (let i = from; i < to; i++) {
    const start = starts[i]!;
    const length = ends[i]! - start;
    view.setInt32(at, length, true);
    at += 4;
    // Four bytes at a time, also past the end of a value, where the next one is put.
    if (length > longSlice || start + length > lastWhole) bytes.set(data.subarray(start, start + length), at);
    else
      for (let done = 0; done < length; done += 4) view.setInt32(at + done, source.getInt32(start + done, true), true);
    at += length;
  }
  return at;
}
