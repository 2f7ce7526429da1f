import { compressionRegistry, CompressionType } from 'apache-arrow';
import { loadUnzstd } from '../../../../core/zstd.js';

/** Of a compressed buffer's content, before it. */
const lengthBytes = 8;

/**
 * Makes batches readable whose buffers are Zstandard frames. A frame need not say how long its content is. The length stands before it in the
 * batch; apache-arrow (21.2) does not look at it.
 */
export async function readsZstd(): Promise<void> {
  const decompress = await loadUnzstd();
  const decode = (frame: Uint8Array): Uint8Array => {
    const length = Number(new DataView(frame.buffer, frame.byteOffset - lengthBytes).getBigInt64(0, true));
    const content = decompress(frame, length);
    if (content.length === length) return content;
    throw new Error(`a buffer of ${length} bytes was decoded to ${content.length}`);
  };
  compressionRegistry.set(CompressionType.ZSTD, { decode });
}
