import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { loadUnzstd, loadZstd } from '../../src/core/zstd.js';

it('stays what it is for those who have it when others load it', async () => {
  const bytes = Buffer.concat([randomBytes(1000), Buffer.alloc(100_000)]);
  const [compress, decompress] = [await loadZstd(), await loadUnzstd()];
  const frame = Buffer.from(compress(bytes, 3));
  const others = Array.from({ length: 20 }, () => [loadZstd(), loadUnzstd()]).flat();
  for (let turn = 0; turn < 50; turn += 1) {
    expect(Buffer.from(decompress(frame, bytes.length)).equals(bytes)).toBe(true);
    expect(Buffer.from(compress(bytes, 3)).equals(frame)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(others);
});
