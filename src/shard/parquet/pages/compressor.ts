import { TidemarkError } from '../../../core/errors.js';
import type { Codec } from '../../../core/shard.js';
import { loadZstd } from '../../../core/zstd.js';
import { CodecNumber } from '../thrift/enumerations.js';
import { Lz4BlockCompressor } from './lz4.js';

/** Compresses pages. The result is valid until the next call. */
export interface Compressor {
  readonly codec: (typeof CodecNumber)[keyof typeof CodecNumber];
  /** Compress a column chunk only where the sample shrinks to less than this share. */
  readonly worthwhile: number;
  compress(bytes: Uint8Array): Uint8Array;
}

type MakeCompressor = (level: number | undefined) => Compressor | undefined;

/** The codecs whose libraries are loaded in this thread. */
const loaded = new Map<Codec, MakeCompressor>([['none', () => undefined]]);

/** Loads a codec's library into this thread; codecs that are not asked for are never loaded. */
export async function loadCodec(codec: Codec): Promise<void> {
  if (!loaded.has(codec)) loaded.set(codec, await loaders[codec]());
}

/**
 * The compressor of a codec that {@link loadCodec} has loaded; undefined for `none`.
 * @throws request.invalid for a level that the codec does not have
 */
export function makeCompressor(codec: Codec, level: number | undefined): Compressor | undefined {
  const make = loaded.get(codec);
  if (make) return make(level);
  throw new TidemarkError('internal.bug', `compression: ${codec} was not loaded before it was used`, {
    hint: `Call "await loadCodec('${codec}')" first.`,
  });
}

const loaders: Record<Codec, () => Promise<MakeCompressor>> = {
  none: async () => () => undefined,
  snappy: async () => {
    const { compressSync } = await import('snappy');
    // Without the copy the binding never frees the memory that it hands out: 200 kB lost with every page.
    const settings = { copyOutputData: true };
    return () => ({ codec: CodecNumber.snappy, worthwhile: 0.9, compress: (bytes) => compressSync(bytes, settings) });
  },
  lz4_raw: async () => () => {
    const lz4 = new Lz4BlockCompressor();
    return { codec: CodecNumber.lz4_raw, worthwhile: 0.9, compress: (bytes) => lz4.compress(bytes) };
  },
  gzip: async () => {
    const { gzipSync } = await import('node:zlib');
    return (asked) => {
      const level = checkedLevel(asked, 6, 9);
      return { codec: CodecNumber.gzip, worthwhile: 0.97, compress: (bytes) => gzipSync(bytes, { level }) };
    };
  },
  zstd: async () => {
    const compress = await loadZstd();
    return (asked) => {
      const level = checkedLevel(asked, 3, 19);
      return { codec: CodecNumber.zstd, worthwhile: 0.97, compress: (bytes) => compress(bytes, level) };
    };
  },
};

function checkedLevel(level: number | undefined, usual: number, highest: number): number {
  const chosen = level ?? usual;
  if (Number.isInteger(chosen) && chosen >= 1 && chosen <= highest) return chosen;
  throw new TidemarkError('request.invalid', `compressionLevel: ${chosen} is not a whole number from 1 to ${highest}`, {
    hint: `Leave it out for the usual level, ${usual}.`,
  });
}

const sampleBytes = 8192;
/** A chunk smaller than this is not worth a codec. */
const smallest = 1024;

/**
 * Whether compressing pays, from three samples of 8 KB: at the beginning, at 40 % and at 80 % of the chunk's bytes.
 * (A chunk of a bit-packed dictionary or of random digits shrinks by little, and costs as much time as any.)
 */
export function pays(compressor: Compressor, bytes: Uint8Array): boolean {
  if (bytes.length < smallest) return false;
  let before = 0;
  let after = 0;
  for (const share of bytes.length <= 3 * sampleBytes ? [0] : [0, 0.4, 0.8]) {
    const from = Math.floor(bytes.length * share);
    const sample = bytes.subarray(from, bytes.length <= 3 * sampleBytes ? bytes.length : from + sampleBytes);
    before += sample.length;
    after += compressor.compress(sample).length;
  }
  return after < before * compressor.worthwhile;
}
