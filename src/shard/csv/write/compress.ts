import { TidemarkError } from '../../../core/errors.js';
import type { Codec } from '../../../core/shard.js';
import { loadZstd } from '../../../core/zstd.js';

/** Makes a whole member of a compressed file of bytes; readers take members one after the other as one file. */
export type Compress = (bytes: Uint8Array) => Uint8Array;

/** By codec, how it is loaded and what files' names end with. */
const codecs: { readonly [Name in Codec]?: { readonly ending: string; load(): Promise<Compress> } } = {
  none: { ending: '', load: async () => (bytes) => bytes },
  gzip: {
    ending: '.gz',
    load: async () => {
      const { gzipSync } = await import('node:zlib');
      return (bytes) => gzipSync(bytes, { level: 6 });
    },
  },
  zstd: {
    ending: '.zst',
    load: async () => {
      const compress = await loadZstd();
      return (bytes) => compress(bytes, 3);
    },
  },
};

/** Codecs of which CSV files can be, the usual one first. */
export const csvCodecs = Object.keys(codecs) as readonly Codec[];

export function endingOf(codec: Codec): string {
  return `.csv${codecs[codec]?.ending ?? ''}`;
}

const loaded = new Map<Codec, Compress>();

export async function loadCodec(codec: Codec): Promise<void> {
  if (loaded.has(codec)) return;
  const found = codecs[codec];
  if (found === undefined) {
    throw new TidemarkError('request.invalid', `compression: CSV files cannot be ${codec}`, {
      hint: `Allowed: ${csvCodecs.join(', ')}.`,
    });
  }
  loaded.set(codec, await found.load());
}

/** What {@link loadCodec} has loaded. */
export function compressor(codec: Codec): Compress {
  const found = loaded.get(codec);
  if (found === undefined) throw new TidemarkError('internal.bug', `compression: ${codec} was not loaded before`);
  return found;
}
