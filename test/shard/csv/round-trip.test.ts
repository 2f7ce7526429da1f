import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  Binary,
  Bool,
  type Data,
  DataType,
  Field,
  Float32,
  Float64,
  Int16,
  Int64,
  IntervalMonthDayNano,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CsvDialect, StoredAs } from '../../../src/core/format.js';
import type { Codec } from '../../../src/core/shard.js';
import type { Column, LogicalType } from '../../../src/core/types.js';
import { read } from '../../../src/shard/csv/read/rows.js';
import { encoder, assembler } from '../../../src/shard/csv/shard-format.js';
import { arrowText } from '../../readers/arrow-text.js';
import { fileOf } from '../random-batches.js';

const about = { sourceType: 'a type', wire: '', exactness: 'exact', redacted: false } as const;

interface Typed {
  readonly type: LogicalType;
  readonly arrow: DataType;
  readonly values: readonly unknown[];
}

/** Values at the ends of what there is, and those that CSV readers stumble over. */
const typed: readonly Typed[] = [
  { type: { kind: 'bool' }, arrow: new Bool(), values: [true, false, null] },
  { type: { kind: 'int', bits: 16 }, arrow: new Int16(), values: [-32768, 32767, 0, null] },
  {
    type: { kind: 'int', bits: 64 },
    arrow: new Int64(),
    values: [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n) - 1n, 0n, 999_999_999n, 1_000_000_000n, null],
  },
  {
    type: { kind: 'float', bits: 64 },
    arrow: new Float64(),
    values: [0, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 1e15, 123456789012345, null],
  },
  {
    type: { kind: 'float', bits: 32 },
    arrow: new Float32(),
    values: [0.1, 16777216, 3.4028234663852886e38, 1.401298464324817e-45, -0, NaN, null].map((value) =>
      value === null ? null : Math.fround(value),
    ),
  },
  {
    type: { kind: 'text' },
    arrow: new Utf8(),
    values: [
      ...[
        '',
        ' ',
        ' leading',
        'trailing\t',
        '"',
        '""',
        'a"b',
        ',',
        ';',
        'a\nb',
        'a\r\nb',
        '\r',
        '\n',
        'NULL',
        '\\N',
        'NA',
      ],
      ...[
        '=1+1',
        '@x',
        "'",
        '\0',
        '\u{1f600}',
        'é',
        '\ufeffmark',
        '123',
        'true',
        'x'.repeat(5000),
        '"'.repeat(300),
        null,
      ],
    ],
  },
  {
    type: { kind: 'binary' },
    arrow: new Binary(),
    values: [[], [0], [255, 254], [1, 2, 3], [...Buffer.from('NULL', 'base64')]]
      .map((one) => Uint8Array.from(one))
      .concat(),
  },
  {
    type: { kind: 'timestamp', utc: true },
    arrow: new TimestampMicrosecond('UTC'),
    values: [0n, -1n, 1n, 253402300799999999n, 9223372036854775807n, -9223372036854775808n, null],
  },
  {
    type: { kind: 'timestamp', utc: false, unit: 'ns' },
    arrow: new TimestampNanosecond(),
    values: [0n, -1n, 1_700_000_000_123_456_789n, 9223372036854775807n, null],
  },
];

function dataOf(values: readonly unknown[], type: DataType): Data {
  if (!DataType.isTimestamp(type)) return vectorFromArray(values as never[], type).data[0]!;
  const { length, nullCount, nullBitmap, values: data } = vectorFromArray(values as bigint[], new Int64()).data[0]!;
  return makeData({ type, length, nullCount, nullBitmap: nullCount > 0 ? nullBitmap : undefined, data } as never);
}

function batchOf(columns: readonly Column[], values: readonly (readonly unknown[])[]): RecordBatch {
  const fields = columns.map(({ name }, i) => new Field(name, typed[i]!.arrow, true));
  const schema = new Schema(fields);
  const children = values.map((own, i) => dataOf(own, typed[i]!.arrow));
  return new RecordBatch(schema, makeData({ type: new Struct(fields), length: values[0]!.length, children }));
}

const columns: readonly Column[] = typed.map(({ type }, i) => ({
  name: i === 0 ? 'a,"b"\n' : `c${i}`,
  type,
  ...about,
}));

async function written(batches: readonly RecordBatch[], csv: CsvDialect, compression: Codec = 'none'): Promise<Buffer> {
  const options = { format: 'csv', compression, createdBy: '', csv };
  const lines = await encoder(columns, options);
  const file = assembler(columns, options);
  const pieces = [Buffer.from(file.begin())];
  for (const batch of batches) pieces.push(Buffer.from(file.add(lines.encode(batch))));
  return Buffer.concat([...pieces, file.finish()]);
}

async function readBack(bytes: Uint8Array, as: StoredAs): Promise<string[][]> {
  const texts: string[][] = as.columns.map(() => []);
  for await (const batch of read(fileOf(bytes), { bytes: bytes.length, as })) {
    for (const [i, child] of batch.data.children.entries()) {
      for (let row = 0; row < batch.numRows; row++) texts[i]!.push(JSON.stringify(arrowText(child, row)));
    }
  }
  return texts;
}

const textsOf = (batches: readonly RecordBatch[]): string[][] =>
  columns.map((_, i) =>
    batches.flatMap(({ data, numRows }) =>
      Array.from({ length: numRows }, (__, row) => JSON.stringify(arrowText(data.children[i]!, row))),
    ),
  );

const dialects = fc.record({
  separator: fc.constantFrom(',', ';', '\t', '|'),
  null: fc.constantFrom('', 'NULL', '\\N', 'NA', 'true', '0', '123'),
});
const rows = fc.array(fc.tuple(...typed.map(({ values }) => fc.nat(values.length - 1))), {
  minLength: 1,
  maxLength: 30,
});

function batchOfRows(chosen: readonly (readonly number[])[]): RecordBatch {
  return batchOf(
    columns,
    typed.map(({ values }, i) => chosen.map((row) => values[row[i]!])),
  );
}

describe('CSV', () => {
  it('gives back every value, whatever stands for NULL and between fields, compressed or not', async () => {
    const codecs = fc.constantFrom<Codec>('none', 'gzip', 'zstd');
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 3 }), dialects, codecs, async (groups, csv, compression) => {
        const batches = groups.map(batchOfRows);
        const bytes = await written(batches, csv, compression);
        expect(await readBack(bytes, { columns, compression, csv })).toEqual(textsOf(batches));
      }),
      { numRuns: 150 },
    );
  });

  it('has the same bytes behind a compression, for readers that take members one after the other', async () => {
    const batches = [batchOfRows([[0, 0, 0, 0, 0, 0, 0, 0, 0]]), batchOfRows([[1, 1, 1, 1, 1, 1, 1, 1, 1]])];
    const csv = { separator: ',', null: '' };
    const plain = await written(batches, csv);
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(hash(gunzipSync(await written(batches, csv, 'gzip')))).toBe(hash(plain));
  });

  it('gives back intervals of months, days and nanoseconds', async () => {
    const column: Column = { name: 'i', type: { kind: 'interval' }, ...about };
    const fields = [new Field('i', new IntervalMonthDayNano(), true)];
    // Months, days, and nanoseconds in two words: 0, −1 and 3.5 seconds, the most and the least that there are.
    const words = [
      [0, 0, 0, 0],
      [14, -3, -1, -1],
      [-1, 2, -794967296, 0],
      [2 ** 31 - 1, -(2 ** 31), -1, 2 ** 31 - 1],
      [1, 1, 0, -(2 ** 31)],
    ];
    const data = makeData({
      type: fields[0]!.type,
      length: 5,
      nullCount: 0,
      data: Int32Array.from(words.flat()),
    } as never);
    const batch = new RecordBatch(
      new Schema(fields),
      makeData({ type: new Struct(fields), length: 5, children: [data] }),
    );
    const options = { format: 'csv', compression: 'none', createdBy: '' } as const;
    const bytes = Buffer.from((await encoder([column], options)).encode(batch).bytes);
    expect(bytes.toString().split('\n').slice(0, 3)).toEqual(['P0M0DT0S', 'P14M-3DT-0.000000001S', 'P-1M2DT3.5S']);
    const whole = Buffer.concat([Buffer.from('i\n'), bytes]);
    const as = { columns: [column], compression: 'none' } as const;
    for await (const { data: found } of read(fileOf(whole), { bytes: whole.length, as })) {
      const { values } = found.children[0]! as unknown as { readonly values: Int32Array };
      expect([...new Int32Array(values.buffer, values.byteOffset, 20)]).toEqual(words.flat());
    }
  });

  it.each([
    ['two fields where nine are expected', '"a,""b""\n",c1\n', /2 fields where 9 are expected, in the header/],
    ['another header', 'x,c1,c2,c3,c4,c5,c6,c7,c8\n', /column 1 is "x" where "a,\\"b\\"\\n" is expected/],
    ['an open quotation mark', '"a,""b""\n",c1,c2,c3,c4,c5,c6,c7,c8\n"', /the file ends within a line/],
    ['nothing', '', /there is no header/],
  ])('of %s is refused', async (_, text, message) => {
    const as = { columns, compression: 'none' } as const;
    await expect(readBack(Buffer.from(text), as)).rejects.toMatchObject({
      code: 'verification.failed',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    [0, 'TRUE'],
    [1, '32768'],
    [1, '1.0'],
    [1, '-'],
    [2, '9223372036854775808'],
    [3, 'nan'],
    [3, '1,5'],
    [6, '!!'],
    [7, '2024-02-30T00:00:00Z'],
    [7, '2024-02-03T00:00:00'],
    [7, '2024-02-03 00:00:00Z'],
    [8, '2024-02-03T24:61:00'],
    [1, '1"2'],
  ])('a field of column %i that is %j is none of its type: row and column are told', async (column, text) => {
    const header = '"a,""b""\n",c1,c2,c3,c4,c5,c6,c7,c8\n';
    const fields = columns.map((_, i) => (i === column ? (text.includes(',') ? `"${text}"` : text) : ''));
    const bytes = Buffer.from(`${header}${','.repeat(8)}\n${fields.join(',')}\n`);
    await expect(readBack(bytes, { columns, compression: 'none' })).rejects.toMatchObject({
      code: 'verification.failed',
      message: expect.stringContaining('in row 2, column '),
    });
  });

  it('of one column does not write NULL as an empty line', async () => {
    const one = [columns[5]!];
    const lines = await encoder(one, {
      format: 'csv',
      compression: 'none',
      createdBy: '',
      csv: { separator: ',', null: '' },
    });
    const data = vectorFromArray(['a', null], new Utf8()).data[0]!;
    const fields = [new Field('c5', new Utf8(), true)];
    const batch = new RecordBatch(
      new Schema(fields),
      makeData({ type: new Struct(fields), length: 2, children: [data] }),
    );
    expect(() => lines.encode(batch)).toThrow(/would be an empty line/);
  });
});
