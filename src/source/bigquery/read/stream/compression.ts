import zlib from 'node:zlib';
import { compressionRegistry, CompressionType } from 'apache-arrow';

/** Of a compressed buffer's content, before it. */
const lengthBytes = 8;

/** Gives the content of a frame, which is so long. */
type Decompress = (frame: Uint8Array, length: number) => Uint8Array;

/** Makes batches readable whose buffers are Zstandard frames. */
export async function readsZstd(): Promise<void> {
  compressionRegistry.set(CompressionType.ZSTD, { decode: wholly(await decompression()) });
}

/** Node's own, which it has from 22.15 on. */
const { zstdDecompressSync: ofNode } = zlib as {
  readonly zstdDecompressSync?: (frame: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
};

async function decompression(): Promise<Decompress> {
  if (ofNode !== undefined) return (frame, length) => ofNode(frame, { maxOutputLength: Math.max(1, length) });
  const zstd = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  return (frame, length) => zstd.decompress(frame, { defaultHeapSize: length });
}

/**
 * A frame need not say how long its content is. The length stands before it in the batch; apache-arrow (21.2) does not look at it.
 */
const wholly =
  (decompress: Decompress) =>
  (frame: Uint8Array): Uint8Array => {
    const length = Number(new DataView(frame.buffer, frame.byteOffset - lengthBytes).getBigInt64(0, true));
    const content = decompress(frame, length);
    if (content.length === length) return content;
    throw new Error(`a buffer of ${length} bytes was decoded to ${content.length}`);
  };
