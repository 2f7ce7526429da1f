/** The content of one of LZ4's frames, decoded by its own description: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
export function unpackLz4(frame: Uint8Array): Uint8Array {
  const source = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (source.readUInt32LE(0) !== 0x184d2204) throw new Error('no frame of LZ4');
  const out: number[] = [];
  let at = 7;
  for (;;) {
    const word = source.readUInt32LE(at);
    if (word === 0) return Uint8Array.from(out);
    const block = source.subarray(at + 4, at + 4 + (word & 0x7fffffff));
    if (word >= 0x80000000) out.push(...block);
    else unpackBlock(block, out);
    at += 4 + block.length;
  }
}

function unpackBlock(block: Buffer, out: number[]): void {
  let at = 0;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255; length += more) more = block.readUInt8(at++);
    return length;
  };
  for (;;) {
    const token = block.readUInt8(at++);
    const literals = lengthOf(token >> 4);
    for (const end = at + literals; at < end; at++) out.push(block.readUInt8(at));
    if (at === block.length) return;
    const from = out.length - block.readUInt16LE(at);
    at += 2;
    const matched = lengthOf(token & 15) + 4;
    for (let i = 0; i < matched; i++) out.push(out[from + i]!);
  }
}
