import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/types.js';
import { loadZstd } from '../../../src/core/zstd.js';
import { read } from '../../../src/shard/csv/read/rows.js';
import { csvTypeName } from '../../../src/shard/csv/type-name.js';
import { fileOf } from '../random-batches.js';

interface Made {
  readonly header?: string;
  readonly codec?: 'none' | 'zstd';
  /** For a row. */
  readonly room?: number;
}

/** Counts the rows of a CSV file with a column `id` and one of a type, whose fields are given as bytes. */
async function rowsOf(
  type: LogicalType,
  fields: readonly (Uint8Array | string)[],
  { header = 'id,value', codec = 'none', room }: Made = {},
): Promise<number> {
  const columns = [
    { name: 'id', type: { kind: 'text' }, nullable: true },
    { name: 'value', type, nullable: true },
  ].map((column) => ({ ...column, sourceType: 'x', exactness: 'exact', stored: csvTypeName(type) }) as never);
  const lines = fields.map((field) => Buffer.concat([Buffer.from('1,'), Buffer.from(field), Buffer.from('\n')]));
  const plain = Buffer.concat([Buffer.from(`${header}\n`), ...lines]);
  const bytes = codec === 'zstd' ? (await loadZstd())(plain, 3) : plain;
  const longestRow = room === undefined ? undefined : { bytes: room, memory: { base: 0, perByte: 5 } };
  const options = { bytes: bytes.length, as: { columns, compression: codec }, longestRow };
  let rows = 0;
  for await (const batch of read(fileOf(bytes), options)) rows += batch.numRows;
  return rows;
}

const refused = (message: RegExp) => ({ code: 'verification.failed', message: expect.stringMatching(message) });

const text: LogicalType = { kind: 'text' };
const int: LogicalType = { kind: 'int', bits: 64 };
const digits = '9'.repeat(10_000_000);
const long = 'x'.repeat(1_000_000);

describe('A CSV file that somebody has made up', () => {
  it.each<[string, LogicalType]>([
    ['a whole number', int],
    ['a decimal', { kind: 'decimal', precision: 76, scale: 0 }],
  ])('may have %s of ten million digits: it is refused at once, and told in part', async (_, type) => {
    await expect(rowsOf(type, ['1', digits])).rejects.toMatchObject(
      refused(/^the CSV file cannot be read: "9{40}"… has too many digits, in row 2, column value$/),
    );
  });

  it('may have a decimal of all digits that there are', async () => {
    const type: LogicalType = { kind: 'decimal', precision: 76, scale: 75 };
    expect(await rowsOf(type, [`-9.${'9'.repeat(75)}`])).toBe(1);
  });

  it.each([
    [
      'more names than columns, as many as a line holds',
      `id,value${',x'.repeat(1_000_000)}`,
      /more fields than the 2 that/,
    ],
    ['a name without end', `id,${long}`, /column 2 is "x{40}"… where "value" is expected, in the header$/],
    ['a byte order mark', '\ufeffid,value', /column 1 is ".id" where "id" is expected/],
  ])('may have %s in its header', async (_, header, message) => {
    await expect(rowsOf(text, ['a'], { header })).rejects.toMatchObject(refused(message));
  });

  it.each([
    ['a byte that UTF-8 does not have', Buffer.from([0x61, 0xff])],
    ['half a character', Buffer.from([0xc3])],
    ['a half of a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])],
  ])('may have %s in a text', async (_, field) => {
    await expect(rowsOf(text, ['a', field, 'b'])).rejects.toMatchObject(
      refused(/ is not UTF-8, in rows 1 to 3, column value$/),
    );
  });

  it('may have one half of a character in each of two texts, which beside each other are one', async () => {
    await expect(rowsOf(text, [Buffer.from([0xc3]), Buffer.from([0xa9])])).rejects.toMatchObject(
      refused(/is not UTF-8/),
    );
    expect(await rowsOf(text, ['é', ''])).toBe(2);
  });

  it.each(['P2147483648M0DT0S', 'P0M-2147483649DT0S', 'P0M0DT9223372037S', 'P0M0DT99999999999999S'])(
    'may have a duration, %s, that its column cannot hold',
    async (field) => {
      await expect(rowsOf({ kind: 'interval' }, [field])).rejects.toMatchObject(
        refused(/ is (?:too long a|no) duration, in row 1, column value$/),
      );
    },
  );

  it('may have a date whose year has a million digits', async () => {
    const field = `+${'9'.repeat(1_000_000)}-01-01`;
    await expect(rowsOf({ kind: 'date' }, [field])).rejects.toMatchObject(
      refused(/is no date, in row 1, column value$/),
    );
  });

  it('may have a text in JSON, with an escape at its end, that is large: it takes no more than its bytes', async () => {
    const list: LogicalType = { kind: 'list', of: text };
    const field = `"[""${'y'.repeat(20_000_000)}\\n""]"`;
    expect(await rowsOf(list, [field])).toBe(1);
    await expect(rowsOf(list, [`"[""${long}\\"`])).rejects.toMatchObject(
      refused(/is not the JSON of its type|within a line/),
    );
  });

  it.each([
    ['a line', 'none', /^a line takes [\d.]+ MB, and there is memory for 2\.10 MB at once: with --memory \d+MiB/],
    ['a frame of Zstandard', 'zstd', /^a frame of Zstandard takes 4\.00 MB, and there is memory for 2\.10 MB at once/],
  ] as const)('may have %s for which there is no memory', async (_, codec, message) => {
    const made = { codec, room: 2 ** 21 };
    const longer = long.repeat(4);
    await expect(rowsOf(text, [longer], made)).rejects.toMatchObject({
      code: 'memory.exhausted',
      message: expect.stringMatching(message),
    });
    expect(await rowsOf(text, ['short'], made)).toBe(1);
    expect(await rowsOf(text, [longer], { codec, room: 2 ** 23 })).toBe(1);
  });
});
