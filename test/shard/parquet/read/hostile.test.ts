import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../../src/shard/parquet/pages/byte-sink.js';
import type { CheckOptions } from '../../../../src/core/format.js';
import { read } from '../../../../src/shard/parquet/read/read.js';
import { column } from '../../../manifest/inputs.js';
import { check } from '../../../../src/shard/parquet/read/check.js';
import { ThriftType, ThriftWriter } from '../../../../src/shard/parquet/thrift/writer.js';
import { fileOf } from '../../random-batches.js';

/** A Parquet file of one nullable INT32 column in one page, which may claim anything. */
interface Claims {
  readonly rows: number;
  readonly chunkValues?: number;
  readonly pageValues?: number;
  readonly unpacked?: number;
  readonly packed?: number;
  readonly page: Uint8Array;
  /** 0 none, 2 gzip, 6 zstd. */
  readonly codec?: number;
  /** Elements of the schema below its root, each in the one before. */
  readonly nesting?: number;
}

function thrift(write: (out: ThriftWriter) => void): Buffer {
  const out = new ThriftWriter(new ByteSink());
  out.structElement(() => write(out));
  return Buffer.from(out.sink.bytes.subarray(0, out.sink.length));
}

function fileWith(claims: Claims): Buffer {
  const { rows, chunkValues = rows, pageValues = chunkValues, page, codec = 0 } = claims;
  const { unpacked = page.length, packed = page.length, nesting = 1 } = claims;
  const header = thrift((out) => {
    out.i32(1, 0);
    out.i32(2, unpacked);
    out.i32(3, packed);
    out.struct(5, () => [pageValues, 0, 3, 3].forEach((value, i) => out.i32(i + 1, value)));
  });
  const chunk = (out: ThriftWriter): void =>
    out.structElement(() => {
      out.i64(2, 0);
      out.struct(3, () => {
        out.i32(1, 1);
        out.list(2, ThriftType.I32, [0, 3], (encoding) => out.zigzag(encoding));
        out.list(3, ThriftType.BINARY, ['c'], (name) => out.binaryElement(name));
        out.i32(4, codec);
        out.i64(5, chunkValues);
        out.i64(6, header.length + unpacked);
        out.i64(7, header.length + page.length);
        out.i64(9, 4);
      });
    });
  const footer = thrift((out) => {
    out.i32(1, 1);
    const elements = Array.from({ length: nesting + 1 }, (_, i) => i);
    out.list(2, ThriftType.STRUCT, elements, (i) =>
      out.structElement(() => {
        const leaf = i === nesting;
        if (leaf) out.i32(1, 1);
        if (i > 0) out.i32(3, 1);
        out.binary(4, i === 0 ? 'root' : 'c');
        if (!leaf) out.i32(5, 1);
      }),
    );
    out.i64(3, rows);
    out.list(4, ThriftType.STRUCT, [0], () =>
      out.structElement(() => {
        out.list(1, ThriftType.STRUCT, [0], () => chunk(out));
        out.i64(2, header.length + unpacked);
        out.i64(3, rows);
      }),
    );
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), header, page, footer, length, Buffer.from('PAR1')]);
}

/** Definition levels that say that all of so many values are NULL: one run. */
function allNull(values: number): Buffer {
  const run: number[] = [];
  for (let rest = values * 2; ; rest = Math.floor(rest / 128)) {
    run.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) break;
  }
  const levels = Buffer.from([...run, 0]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(levels.length);
  return Buffer.concat([length, levels]);
}

/** A frame of so many blocks that each repeat one byte 131,072 times (RFC 8878, 3.1.1). */
function zstdBomb(blocks: number, told?: number): Buffer {
  // Magic number, a size in four bytes or none, no checksum, a window of 128 KiB.
  const start = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, told === undefined ? 0 : 0x80, 0x38]);
  const size = Buffer.alloc(told === undefined ? 0 : 4);
  if (told !== undefined) size.writeUInt32LE(told);
  const block = (last: number): Buffer => {
    const header = last | (1 << 1) | (131_072 << 3);
    return Buffer.from([header & 255, (header >> 8) & 255, header >> 16, 0]);
  };
  return Buffer.concat([start, size, ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1 ? 1 : 0))]);
}

function checked(
  bytes: Uint8Array,
  rows: number,
  { nulls = rows, ...options }: Partial<CheckOptions> & { readonly nulls?: number } = {},
) {
  const columns = [{ name: 'c', stored: 'INT32', nulls }];
  const as = { columns: [], compression: 'none' } as const;
  const expected = { bytes: bytes.length, rows, rowGroups: 1, as, columns };
  return check(fileOf(bytes), expected, { depth: 'values', signal: undefined, ...options });
}

it('a file that claims what it has is read', async () => {
  expect((await checked(fileWith({ rows: 1000, page: allNull(1000) }), 1000)).faults).toEqual([]);
  const page = gzipSync(allNull(1000));
  const packed = fileWith({ rows: 1000, page, unpacked: allNull(1000).length, codec: 2 });
  expect((await checked(packed, 1000)).faults).toEqual([]);
});

describe('a file is unreadable, in no time and no memory, that', () => {
  const page = allNull(1000);
  const tests: [what: string, claims: Claims, message: RegExp][] = [
    ['claims two thousand million NULLs', { rows: 2 ** 31, page: allNull(2 ** 31) }, /claims 2147483648 rows/],
    ['claims more values in a page', { rows: 1000, pageValues: 2 ** 31 - 1, page }, /more than its 1000 values/],
    ['has fewer values in its pages', { rows: 1000, pageValues: 999, page }, /have 999 of its 1000 values/],
    ['claims more values than rows', { rows: 1000, chunkValues: 2 ** 31, pageValues: 1, page }, /2147483648 values/],
    ['claims a page beyond its end', { rows: 1000, packed: 2 ** 31 - 1, page }, /claims 2147483647 bytes/],
    ['claims a page of less than nothing', { rows: 1000, packed: -5, page }, /claims -5 bytes/],
    [
      'would be two thousand million bytes when it is unpacked',
      { rows: 1000, codec: 2, unpacked: 2 ** 31 - 1, page: gzipSync(Buffer.alloc(2 ** 24)) },
      /claims 2147483647 bytes/,
    ],
    [
      'unpacks to gigabytes by Zstandard, and claims little',
      { rows: 1000, codec: 6, unpacked: 1000, page: zstdBomb(2 ** 15) },
      /(more than|does not unpack to) the 1000 bytes that it claims/,
    ],
    [
      'tells Zstandard another size than the page',
      { rows: 1000, codec: 6, unpacked: 1000, page: zstdBomb(2 ** 15, 2 ** 32 - 1) },
      /unpacks to 4294967295 bytes, and claims 1000/,
    ],
    [
      'tells Zstandard the size of the page, and has gigabytes',
      { rows: 1000, codec: 6, unpacked: 1000, page: zstdBomb(2 ** 15, 1000) },
      /./,
    ],
    [
      'unpacks to less by Zstandard than it claims',
      { rows: 1000, codec: 6, unpacked: 2 ** 20, page: zstdBomb(1) },
      /131072 of the 1048576 bytes/,
    ],
    [
      'unpacks to a gigabyte by gzip, and claims little',
      { rows: 1000, codec: 2, unpacked: 1000, page: gzipSync(Buffer.alloc(2 ** 30)) },
      /./,
    ],
    [
      'tells Snappy four gigabytes, and claims little',
      {
        rows: 1000,
        codec: 1,
        unpacked: 1000,
        page: Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(1000, 0xfe)]),
      },
      /./,
    ],
    [
      'unpacks to a gigabyte by Brotli, and claims little',
      { rows: 1000, codec: 4, unpacked: 1000, page: brotliCompressSync(Buffer.alloc(2 ** 30)) },
      /./,
    ],
    [
      'unpacks to a gigabyte by LZ4, and claims little',
      {
        rows: 1000,
        codec: 7,
        unpacked: 1000,
        page: Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), Buffer.alloc(4000000, 0xff), Buffer.from([0])]),
      },
      /./,
    ],
    [
      'unpacks to a gigabyte by the older LZ4, and claims little',
      {
        rows: 1000,
        codec: 5,
        unpacked: 1000,
        page: Buffer.concat([
          Buffer.from([0x40, 0, 0, 0, 0, 0x10, 0, 0, 0x1f, 0, 1, 0]),
          Buffer.alloc(4000000, 0xff),
          Buffer.from([0]),
        ]),
      },
      /./,
    ],
    ['is nested two hundred thousand times', { rows: 1000, nesting: 200_000, page }, /./],
  ];
  it.each(tests)('%s', async (_, claims, message) => {
    const bytes = fileWith(claims);
    const { faults } = await checked(bytes, claims.rows);
    expect(faults).toHaveLength(1);
    expect(faults[0]!.message).toMatch(message);
    expect(faults[0]!.message.length).toBeLessThan(3000);
  });
  it.each(tests)('%s: by its claims alone, or by the reader', async (_, claims) => {
    const bytes = fileWith(claims);
    const before = process.memoryUsage().rss;
    for (const ofOthers of [false, true]) {
      const { faults } = await checked(bytes, claims.rows, { depth: 'claims', ofOthers });
      if (faults.length > 0) continue;
      const as = { columns: [column('c', 'int', { kind: 'int', bits: 32 })], compression: 'none' } as const;
      const reading = read(fileOf(bytes), { bytes: bytes.length, as });
      // Of others' files row groups may have as many rows: batch by batch.
      if (claims.rows > 1000) expect((await reading.next()).value?.numRows).toBeLessThan(100_000);
      else await expect(reading.next()).rejects.toMatchObject({ code: 'verification.failed' });
      await reading.return(undefined);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  });
});
