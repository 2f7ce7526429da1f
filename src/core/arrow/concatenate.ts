import { type Data, DataType, makeData } from 'apache-arrow';
import { type Bitmap, copyBits } from './bitmap.js';

/**
 * One piece of data with the values of all chunks in their order. The chunks have the same type, 32-bit offsets and no
 * dictionaries ({@link import('./plain-data.js').plainData}); they may be slices.
 */
export function concatenate(chunks: readonly Data[]): Data {
  if (chunks.length === 1) return chunks[0]!;
  const type = chunks[0]!.type as DataType;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (DataType.isNull(type)) return makeData({ type, length });
  const nullCount = chunks.reduce((sum, chunk) => sum + chunk.nullCount, 0);
  const nullBitmap = nullCount === 0 ? undefined : joinBits(chunks.map(validityPiece), length);
  return makeData({ type, length, nullCount, nullBitmap, ...joinBuffers(type, chunks, length) } as never);
}

function joinBuffers(type: DataType, chunks: readonly Data[], length: number): object {
  if (DataType.isBool(type)) return { data: joinBits(chunks.map(valuePiece), length) };
  if (DataType.isStruct(type)) {
    const children = chunks[0]!.children.map((_, i) =>
      concatenate(chunks.map((c) => c.children[i]!.slice(0, c.length))),
    );
    return { children };
  }
  if (DataType.isFixedSizeList(type)) {
    return { child: concatenate(chunks.map((chunk) => chunk.children[0]!.slice(0, chunk.length * type.listSize))) };
  }
  if (chunks[0]!.valueOffsets !== undefined) return joinVariable(chunks, length);
  return { data: joinElements(chunks, length) };
}

interface BitPiece extends Bitmap {
  readonly count: number;
}

function validityPiece(chunk: Data): BitPiece {
  if (chunk.nullCount > 0) return { bits: chunk.nullBitmap!, offset: chunk.offset, count: chunk.length };
  return { bits: new Uint8Array((chunk.length + 7) >> 3).fill(0xff), offset: 0, count: chunk.length };
}

function valuePiece(chunk: Data): BitPiece {
  return { bits: chunk.values as Uint8Array, offset: chunk.offset, count: chunk.length };
}

function joinBits(pieces: readonly BitPiece[], length: number): Uint8Array {
  const out = new Uint8Array((length + 7) >> 3);
  let at = 0;
  for (const piece of pieces) {
    const aligned = new Uint8Array((piece.count + 7) >> 3);
    if (piece.count > 0) copyBits(piece, 0, piece.count, aligned);
    const shift = at & 7;
    for (let i = 0; i < aligned.length; i++) {
      const to = (at >> 3) + i;
      out[to]! |= aligned[i]! << shift;
      if (shift > 0 && to + 1 < out.length) out[to + 1]! |= aligned[i]! >> (8 - shift);
    }
    at += piece.count;
  }
  return out;
}

function joinVariable(chunks: readonly Data[], length: number): object {
  const valueOffsets = new Int32Array(length + 1);
  let row = 0;
  let base = 0;
  for (const chunk of chunks) {
    const offsets = chunk.valueOffsets as Int32Array;
    for (let i = 0; i < chunk.length; i++) valueOffsets[++row] = base + offsets[i + 1]! - offsets[0]!;
    base += offsets[chunk.length]! - offsets[0]!;
  }
  if (chunks[0]!.children.length > 0) {
    return { valueOffsets, child: concatenate(chunks.map((chunk) => usedSlice(chunk, chunk.children[0]!))) };
  }
  const data = new Uint8Array(base);
  let at = 0;
  for (const chunk of chunks) {
    const offsets = chunk.valueOffsets as Int32Array;
    if (chunk.values !== undefined)
      data.set((chunk.values as Uint8Array).subarray(offsets[0], offsets[chunk.length]), at);
    at += offsets[chunk.length]! - offsets[0]!;
  }
  return { valueOffsets, data };
}

function usedSlice(chunk: Data, child: Data): Data {
  const offsets = chunk.valueOffsets as Int32Array;
  return child.slice(offsets[0]!, offsets[chunk.length]! - offsets[0]!);
}

function joinElements(chunks: readonly Data[], length: number): unknown {
  const { stride } = chunks[0]!;
  const first = chunks[0]!.values as Int32Array;
  const out = new (first.constructor as Int32ArrayConstructor)(length * stride);
  let at = 0;
  for (const chunk of chunks) {
    out.set((chunk.values as Int32Array).subarray(0, chunk.length * stride), at);
    at += chunk.length * stride;
  }
  return out;
}
