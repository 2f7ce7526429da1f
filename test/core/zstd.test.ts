import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { loadZstd } from '../../src/core/zstd.js';

it('stays what it is for those who have it when others load it', async () => {
  const bytes = Buffer.concat([randomBytes(1000), Buffer.alloc(100_000)]);
  const first = await loadZstd();
  const frame = Buffer.from(first.compress(bytes, 3));
  const others = Array.from({ length: 20 }, () => loadZstd());
  for (let turn = 0; turn < 50; turn += 1) {
    expect(Buffer.from(first.decompress(frame, bytes.length)).equals(bytes)).toBe(true);
    expect(Buffer.from(first.compress(bytes, 3)).equals(frame)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(others);
});
