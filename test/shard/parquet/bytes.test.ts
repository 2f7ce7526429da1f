import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Codec } from '../../../src/core/shard.js';
import { createRowGroupEncoder, createShardAssembler, loadCodec } from '../../../src/shard/parquet/index.js';
import { batchOf, type TestColumn } from './columns.js';
import { kinds } from './kinds.js';
import { shapes } from './shapes.js';
import { parquetFile } from './write-file.js';

/** All types side by side. `shift` gives other rows. */
function columns(rows: number, shift = 0): TestColumn[] {
  return kinds.map(({ name, kind, values }) => ({
    name,
    kind,
    nullable: true,
    values: Array.from({ length: rows }, (_, row) => (row % 11 === 5 ? null : values[(row + shift) % values.length]!)),
  }));
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * The digests of one file of every type, which every machine and every Node version must come to. They change only when the
 * encoder's choices change on purpose (or apache-arrow writes `ARROW:schema` otherwise): then raise `created_by` too.
 */
const golden: Readonly<Record<Exclude<Codec, 'gzip'>, string>> = {
  none: '188edae1172c2c5dc128eadabc3e77fc58bbf1ed5c84746edd7dde32a6ad918e',
  snappy: 'd6bf46486c1a62445f20a3ae93d2def88324a5f5eabe78e89c821e5f005fbef8',
  zstd: '77501b1055e72577fe54d04f8f645a6d93353c5ec5353fa6ee1ffb6dfab7c043',
  lz4_raw: 'b3f3456c38ab6c9d934fad26cb98d5227a4929c528bc15fe08b25b6c7aa35bb3',
};

it.each(Object.entries(golden))('the bytes are known: %s', async (compression, expected) => {
  const { file } = await parquetFile([batchOf(columns(500))], {
    compression: compression as Codec,
    rowGroupRows: 300,
    pageRows: 100,
    metadata: { first: '1', second: '2' },
  });
  expect(sha256(file)).toBe(expected);
});

it('the bytes are known: samples, dictionaries and codecs decided on many rows', async () => {
  const many = shapes.map(({ name, kind, value }) => ({
    name,
    kind,
    nullable: true,
    values: Array.from({ length: 12_000 }, (_, row) => (row % 101 === 7 ? null : value(row))),
  }));
  const short = many.filter(({ name }) => !name.includes('too long'));
  const { file } = await parquetFile([batchOf(short)], { rowGroupRows: 10_000 });
  expect(sha256(file)).toBe('450fa82cc282b5ae318ccd373ccf9b5060a551a4b5ec629584aff61855e1f158');
});

it('how the rows were batched changes no byte', async () => {
  const batch = batchOf(columns(400));
  const options = { rowGroupRows: 150, rowGroupBytes: 100_000, pageRows: 32 };
  const whole = await parquetFile([batch], options);
  const pieces = [0, 3, 100, 101, 399, 400].map((at, i, all) => batch.slice(all[i - 1] ?? 0, at));
  const cut = await parquetFile(pieces, options);
  expect(whole.rowGroups).toBeGreaterThan(2);
  expect(cut.file.equals(whole.file)).toBe(true);
});

it('a row group does not depend on what was encoded before it, nor on who encodes it', async () => {
  await loadCodec('snappy');
  const [a, b] = [batchOf(columns(300)), batchOf(columns(700, 3))];
  const one = createRowGroupEncoder(a.schema);
  const first = one.encode(a);
  const bytes = first.bytes.slice();
  const meta = structuredClone(first.meta);
  one.encode(b);
  const again = one.encode(a);
  expect(Buffer.compare(again.bytes, bytes)).toBe(0);
  expect(again.meta).toEqual(meta);
  const other = createRowGroupEncoder(a.schema).encode(a);
  expect(Buffer.compare(other.bytes, bytes)).toBe(0);
});

it('an encoder that refused a row group encodes the next one as if nothing had been', async () => {
  await loadCodec('snappy');
  const required = { name: 'c', kind: { kind: 'text' }, nullable: false } as const;
  const good = batchOf([{ ...required, values: ['a', 'b', 'a'] }]);
  const bad = batchOf([{ ...required, values: ['a', null, 'a'] }]);
  const encoder = createRowGroupEncoder(good.schema);
  expect(() => encoder.encode(bad)).toThrow('column "c" is declared without NULLs but has one');
  const fresh = createRowGroupEncoder(good.schema).encode(good).bytes.slice();
  expect(Buffer.compare(encoder.encode(good).bytes, fresh)).toBe(0);
});

it('the meta of a row group may cross threads before it is assembled', async () => {
  await loadCodec('snappy');
  const batch = batchOf(columns(200));
  const rowGroup = createRowGroupEncoder(batch.schema).encode(batch);
  const files = [rowGroup, structuredClone(rowGroup)].map((group) => {
    const assembler = createShardAssembler(batch.schema);
    return Buffer.concat([assembler.begin(), assembler.add(group), assembler.finish()]);
  });
  expect(files[1]!.equals(files[0]!)).toBe(true);
});
