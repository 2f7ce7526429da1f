// Batches whose buffers are compressed: https://arrow.apache.org/docs/format/Columnar.html#compression
import { compressionRegistry, CompressionType, RecordBatchStreamWriter } from 'apache-arrow';
import * as zstd from '@bokuweb/zstd-wasm';
import { compressFrame } from './lz4.mjs';

await zstd.init();
const none = () => {
  throw new Error('not decoded here');
};
compressionRegistry.set(CompressionType.LZ4_FRAME, { encode: compressFrame, decode: none });
compressionRegistry.set(CompressionType.ZSTD, { encode: (bytes) => zstd.compress(bytes, 1), decode: none });

export const codecs = { LZ4_FRAME: CompressionType.LZ4_FRAME, ZSTD: CompressionType.ZSTD };

/** What stands before a buffer that is not compressed, since that would not be smaller. */
const plain = -1n;

export class BatchWriter extends RecordBatchStreamWriter {
  /** apache-arrow (21.2) writes the compressed length before a buffer; the format has the length of what comes out, and pyarrow makes room by it. */
  _compressBodyBuffers(buffers) {
    const framed = super._compressBodyBuffers(buffers);
    buffers.forEach(({ byteLength }, i) => {
      const prefix = framed.buffers[2 * i];
      if (prefix.byteLength === 0) return;
      const view = new DataView(prefix.buffer, prefix.byteOffset);
      if (view.getBigInt64(0, true) !== plain) view.setBigInt64(0, BigInt(byteLength), true);
    });
    return framed;
  }
}
