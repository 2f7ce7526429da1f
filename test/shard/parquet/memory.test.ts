import { expect, it } from 'vitest';
import type { Codec } from '../../../src/core/shard.js';
import { createRowGroupEncoder, loadCodec } from '../../../src/shard/parquet/index.js';
import { batchOf, type TestColumn } from './columns.js';

const rows = 60_000;

/** Numbers that a codec shrinks and no dictionary takes: every page goes through the codec. */
function columns(): TestColumn[] {
  const values = Array.from({ length: rows }, (_, row) => 2n ** 40n + BigInt(row) * 1_000n);
  return ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
    name,
    kind: { kind: 'int', bits: 64 },
    nullable: true,
    values,
  }));
}

const megabytes = () => process.memoryUsage().rss / 1e6;

it.each(['none', 'snappy', 'lz4_raw', 'zstd'] as Codec[])(
  'memory stays flat over 120 row groups: %s',
  async (compression) => {
    await loadCodec(compression);
    const batch = batchOf(columns());
    const encoder = createRowGroupEncoder(batch.schema, { compression, encoding: 'plain' });
    let encoded = 0;
    const encode = (times: number) => {
      for (let i = 0; i < times; i++) encoded += encoder.encode(batch).bytes.length;
      return megabytes();
    };
    const settled = encode(25);
    const after = encode(120);
    expect(encoded).toBeGreaterThan(145 * rows);
    expect(after - settled).toBeLessThan(60); // 120 row groups of 2.9 MB: a codec that keeps what it gave would show
  },
);
