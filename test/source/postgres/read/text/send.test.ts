import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TidemarkError } from '../../../../../src/core/errors.js';
import { fieldEncoder, isReadAsText } from '../../../../../src/source/postgres/read/text/field-encoders.js';
import { WireBuffer } from '../../../../../src/source/postgres/read/text/wire-buffer.js';
import { type FreshDatabase, freshDatabase } from '../../../../servers/postgres.js';
import { session, textRows } from '../../decode/server.js';
import { specimens } from '../../decode/specimens.js';
import { randomTexts } from './random-texts.js';

/** Values that arrive on the wire, although no Arrow column holds them. */
const misfits: Readonly<Record<string, readonly string[]>> = {
  numeric: [
    'NaN',
    'Infinity',
    '-Infinity',
    '1e-130',
    '1e130',
    '12345678901234567890.1e-90',
    '0.00',
    '-0.0001',
    '1e1000',
  ],
  date: ['infinity', '-infinity'],
  time: ['24:00:00'],
  timestamp: ['infinity', '-infinity', '294276-12-31 23:59:59.999999'],
  timestamptz: ['infinity', '-infinity', '294276-12-31 23:59:59.999999+00'],
};

function encode(wire: string, text: string): string {
  const out = new WireBuffer(1);
  fieldEncoder(wire)(text, out);
  return out.bytes.toString('hex', 0, out.used);
}

describe.each(['postgres14', 'postgres18'] as const)('text → wire, against the send functions of %s', (server) => {
  let db: FreshDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    client = await session(db.url);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  async function compare(sql: string, wire: string, send: string, values: readonly string[]): Promise<void> {
    const rows = await textRows(
      client,
      `SELECT v, encode(${send}(v), 'hex') FROM (SELECT unnest($1::text[])::${sql} v) q`,
      [values],
    );
    expect(rows).toHaveLength(values.length);
    for (const [text, bytes] of rows) expect(encode(wire, text!), text!.slice(0, 99)).toBe(bytes);
  }

  it.each(specimens.map((specimen) => [specimen.sql, specimen] as const))(
    '%s: extremes',
    (sql, { wire, send, values }) => compare(sql, wire, send, values),
  );

  it.each(Object.entries(misfits).map(([wire, values]) => [wire, values] as const))(
    '%s: values without a home',
    (wire, values) => compare(wire, wire, `${wire}_send`, values),
  );

  it.each(Object.entries(randomTexts))('%s: random values', (wire, texts) => {
    const { send, sql } = specimens.find((specimen) => specimen.wire === wire)!;
    return compare(wire === 'numeric' ? 'numeric' : sql, wire, send, texts);
  });

  it.each(['Asia/Kolkata', 'America/St_Johns', 'Africa/Monrovia'])('timestamptz in %s', async (zone) => {
    await client.query(`SET TimeZone = '${zone}'`);
    const values = [
      '1883-01-01 00:00:00',
      '0099-02-28 23:59:59 BC',
      '2024-07-01 12:00:00.000001',
      '1971-12-31 23:00:00',
    ];
    await compare('timestamptz', 'timestamptz', 'timestamptz_send', values);
    await client.query(`SET TimeZone = 'UTC'`);
  });
});

describe('text that is not of the type', () => {
  it.each([
    ['bool', 'true'],
    ['int2', '32768'],
    ['int2', ''],
    ['int4', '1.5'],
    ['int4', '2147483648'],
    ['int8', '9223372036854775808'],
    ['int8', '0x10'],
    ['float8', ''],
    ['float8', '1,5'],
    ['numeric', ''],
    ['numeric', '.'],
    ['numeric', '1e5'],
    ['bytea', 'abc'],
    ['bytea', '\\xzz'],
    ['bytea', '\\x012'],
    ['date', '31.12.1999'],
    ['time', '12:00'],
    ['timestamp', 'Sat Jan 01 00:00:00 2000'],
    ['timestamptz', '2000-01-01'],
    ['uuid', '0123'],
  ])('%s refuses "%s"', (wire, text) => {
    expect(() => encode(wire, text)).toThrow(expect.objectContaining({ code: 'source.protocol' }) as TidemarkError);
  });

  it('takes the binary form of other types from the server, as bytea', () => {
    expect(isReadAsText('array')).toBe(false);
    expect(encode('array', '\\x0102ff')).toBe('0102ff');
  });
});
