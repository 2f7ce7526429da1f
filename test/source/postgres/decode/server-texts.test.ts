import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import fc from 'fast-check';
import type { Column, LogicalType } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { canonicalColumn } from './canonical.js';
import { copyFrames, session, textRows } from './server.js';

const values = 3000;
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constant('0') },
  fc.nat(0xffff).map((n) => n.toString(16)),
  fc.constant('ffff'),
);
const words = (count: number) => fc.array(word, { minLength: count, maxLength: count }).map((parts) => parts.join(':'));
/** Any address, and such as hold one of IPv4, or nearly do. */
const ipv6 = fc.oneof(
  words(8),
  words(3).map((last) => `0:0:0:0:0:${last}`),
  words(2).map((last) => `0:0:0:0:0:ffff:${last}`),
  fc
    .tuple(fc.nat(7), fc.nat(8))
    .map(([from, length]) =>
      Array.from({ length: 8 }, (_, i) => (i >= from && i < from + length ? '0' : `${i + 1}`)).join(':'),
    ),
);
const inet = fc.tuple(ipv6, fc.nat(128)).map(([address, prefix]) => `${address}/${prefix}`);
const ipv4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, prefix]) => `${address}/${prefix}`);
const digits = (most: number) => fc.array(fc.nat(9), { minLength: 1, maxLength: most }).map((all) => all.join(''));
const zeros = fc.nat(40).map((count) => '0'.repeat(count));
const numeric = fc
  .tuple(fc.constantFrom('', '-'), digits(30), zeros, fc.constantFrom('', '.'), zeros, digits(30), zeros)
  .map(([sign, whole, after, point, before, broken, last]) =>
    point === '' ? `${sign}${whole}${after}` : `${sign}${whole}${after}.${before}${broken}${last}`,
  );
const bits = fc.array(fc.constantFrom('0', '1'), { maxLength: 90 }).map((all) => all.join(''));
const two = (most: number) => fc.nat(most).map((n) => String(n).padStart(2, '0'));
const timetz = fc
  .tuple(two(23), two(59), two(59), fc.nat(999_999), fc.constantFrom('+', '-'), two(15), two(59), two(59))
  .map(
    ([h, m, s, micros, sign, ...zone]) => `${h}:${m}:${s}.${String(micros).padStart(6, '0')}${sign}${zone.join(':')}`,
  );
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((all) => Buffer.from(all).toString('hex'));
const decimal = (precision: number, scale: number): LogicalType => ({ kind: 'decimal', precision, scale });

/** The type, its wire, and an expression for its value where a text is not cast to it. */
const types: readonly {
  readonly sql: string;
  readonly wire: string;
  readonly texts: fc.Arbitrary<string>;
  readonly value?: string;
  readonly type?: LogicalType;
  readonly shown?: string;
}[] = [
  { sql: 'inet', wire: 'inet', texts: fc.oneof({ weight: 4, arbitrary: inet }, ipv4) },
  // A cidr has no bits behind its prefix.
  { sql: 'cidr', wire: 'inet', texts: fc.oneof({ weight: 4, arbitrary: inet }, ipv4), value: 'network(v::inet)' },
  { sql: 'numeric', wire: 'numeric', texts: numeric },
  { sql: 'numeric', wire: 'numeric', texts: fc.integer({ min: -4000, max: 4000 }).map((power) => `-7.3e${power}`) },
  { sql: 'numeric', wire: 'numeric', texts: numeric, value: 'trim_scale(v::numeric) * 10000' },
  {
    sql: 'timetz',
    wire: 'timetz',
    texts: fc.oneof({ weight: 9, arbitrary: timetz }, fc.constantFrom('24:00-03', '00:00+15:59:59')),
  },
  { sql: 'varbit', wire: 'bits', texts: bits },
  { sql: 'bit(13)', wire: 'bits', texts: bits, value: 'v::varbit::bit(13)' },
  { sql: 'macaddr', wire: 'mac', texts: hex(6) },
  { sql: 'macaddr8', wire: 'mac', texts: hex(8) },
  { sql: 'pg_lsn', wire: 'lsn', texts: fc.tuple(hex(4), hex(4)).map((halves) => halves.join('/')) },
  {
    sql: 'tid',
    wire: 'tid',
    texts: fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff)).map((pair) => `(${pair.join(',')})`),
  },
  { sql: 'oid', wire: 'oid', texts: fc.nat(0xffff_ffff).map(String), type: { kind: 'int', bits: 64 } },
  { sql: 'xid8', wire: 'xid8', texts: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), type: decimal(20, 0) },
  {
    ...{ sql: 'money', wire: 'money', type: decimal(19, 2), shown: 'x::numeric::text' },
    texts: fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((cents) => `${cents / 100n}.${String(cents).slice(-2).padStart(2, '0').replace('-', '0')}`),
  },
];

describe.each(['postgres14', 'postgres18'] as const)('what becomes text, of %s', (server) => {
  let db: FreshDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    client = await session(db.url);
    await client.query('CREATE TABLE texts (id int, v text)');
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  it.each(types)('$sql is what the server writes', async ({ sql, wire, texts, value, type, shown }) => {
    const random = fc.sample(texts, { numRuns: values, seed: 7 });
    await client.query('TRUNCATE texts');
    await client.query('INSERT INTO texts SELECT i, v FROM unnest($1::text[]) WITH ORDINALITY u(v, i)', [random]);
    const select = `SELECT ${value ?? `v::${sql}`} AS x FROM texts ORDER BY id`;
    const column: Column = {
      name: 'x',
      sourceType: sql,
      wire,
      type: type ?? { kind: 'text' },
      exactness: 'exact',
      redacted: false,
    };
    const decoder = createDecoder([column], { misfit: 'fail', infinity: 'misfit' });
    const frames = await copyFrames(client, select);
    decoder.add(frames, 0, frames.length);
    // By the type's output, since inet's cast to text has other prefixes.
    const expected = await textRows(client, `SELECT ${shown ?? 'x'} FROM (${select}) q`);
    expect(expected).toHaveLength(values);
    expect(canonicalColumn(decoder.finish(), 0, column.type)).toEqual(expected.map(([text]) => text));
  });
});
