import type { ReadableFile } from '../../../core/format.js';

/** Bytes `from` to before `to` of a file. @throws Error where it ends before */
export async function readWhole(file: ReadableFile, from: number, to: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(to - from);
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${from + filled}`);
    filled += bytesRead;
  }
  return bytes.buffer;
}
