import { expect, test } from 'vitest';
import { parquet } from '../../../../src/shard/parquet/description.js';
import { read } from '../../../../src/shard/parquet/read/read.js';
import { mutated, Random, seed } from '../../../attacks/random.js';
import { batchOf, columns, fileOf, writeFile } from '../../random-batches.js';

const whole = await writeFile(parquet, 'gzip', [batchOf(50, 1)]);

async function rowsOf(bytes: Uint8Array): Promise<number> {
  let rows = 0;
  const as = { columns, compression: 'gzip' } as const;
  for await (const { numRows } of read(fileOf(bytes), { bytes: bytes.length, as })) rows += numRows;
  return rows;
}

const plain = globalThis.queueMicrotask;

test('bytes that bring the reader down fail their read, and no other one after it', { timeout: 60_000 }, async () => {
  let traps = 0;
  for (let i = 0; i < 1500; i += 1) {
    const failure = await rowsOf(mutated(whole, new Random(seed + i))).catch((thrown: unknown) => thrown);
    if (typeof failure === 'number') continue;
    expect(failure, `round ${i}`).toMatchObject({ code: 'verification.failed' });
    if (!/brought the reader down/.test(String(failure))) continue;
    traps += 1;
    expect(await rowsOf(whole), `after round ${i}`).toBe(50);
  }
  expect(traps).toBeGreaterThan(0);
  expect(globalThis.queueMicrotask).toBe(plain);
});

test('reads beside each other settle when one of them brings the reader down', { timeout: 60_000 }, async () => {
  for (let i = 0; i < 500; i += 5) {
    const files = [0, 1, 2, 3, 4].map((more) => mutated(whole, new Random(seed + i + more)));
    await Promise.allSettled([whole, ...files].map(rowsOf));
  }
  expect(await rowsOf(whole)).toBe(50);
});
