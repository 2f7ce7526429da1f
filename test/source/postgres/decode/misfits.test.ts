import { DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { MisfitError } from '../../../../src/core/misfit-error.js';
import type { MisfitPolicy } from '../../../../src/core/source-request.js';
import type { Column, LogicalType } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { canonicalColumn } from './canonical.js';
import { rowFrame } from './random-columns.js';
import { copyFrames, session } from './server.js';

const fail: MisfitPolicy = { misfit: 'fail', infinity: 'misfit' };
const column = (wire: string, sourceType: string, type: LogicalType, redacted = false): Column => ({
  name: 'v',
  sourceType,
  type,
  wire,
  exactness: 'exact',
  redacted,
});
const decimal = (precision: number, scale: number) =>
  column('numeric', `numeric(${precision},${scale})`, { kind: 'decimal', precision, scale });
const date = column('date', 'date', { kind: 'date' });
const time = column('time', 'time without time zone', { kind: 'time' });
const timestamp = column('timestamp', 'timestamp without time zone', { kind: 'timestamp', utc: false });
const timestamptz = column('timestamptz', 'timestamp with time zone', { kind: 'timestamp', utc: true });

let db: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  client = await session(db.url);
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

async function decode(target: Column, policy: MisfitPolicy, sqlType: string, values: readonly (string | null)[]) {
  const decoder = createDecoder([target], policy);
  const list = values.map((value) => (value === null ? '(NULL)' : `('${value}')`)).join(', ');
  const frames = await copyFrames(client, `SELECT v::${sqlType} FROM (VALUES ${list}) q(v)`);
  decoder.add(frames, 0, frames.length);
  const decoded = canonicalColumn(decoder.finish(), 0, target.type);
  return { values: decoded, nulled: decoder.misfits().nulled[0], extreme: decoder.misfits().extreme[0] };
}

/** The column, its type on the server, and values that it cannot hold. */
const cases: readonly (readonly [Column, string, readonly string[]])[] = [
  [decimal(15, 2), 'numeric', ['NaN', 'Infinity', '-Infinity', '0.001', '-1.015', '10000000000000', '1e130', '1e-130']],
  [decimal(15, 2), 'numeric', ['12345678901.123', '99999999999999.99', '123456789012345678.5']],
  [decimal(38, 10), 'numeric', ['0.00000000001', '10000000000000000000000000000', '1e100', '1e1000', '1e-1000']],
  [decimal(39, 0), 'numeric', ['1e39', '0.5', '-1000000000000000000000000000000000000000']],
  [decimal(3, 0), 'numeric', ['1000', '-1000', '0.1']],
  [date, 'date', ['infinity', '-infinity']],
  [time, 'time', ['24:00:00']],
  [timestamp, 'timestamp', ['infinity', '-infinity', '294247-01-10 04:00:54.775808', '294276-12-31 23:59:59.999999']],
  [timestamptz, 'timestamptz', ['infinity', '-infinity', '294276-12-31 23:59:59.999999+00']],
];

describe('values that their column cannot hold', () => {
  it.each(cases)('$sourceType as $type: stop the run', async (target, sqlType, values) => {
    for (const value of values) {
      const error: unknown = await decode(target, fail, sqlType, [null, null, value]).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, value).toBeInstanceOf(MisfitError);
      const misfit = error as MisfitError;
      expect([misfit.code, misfit.column, misfit.row]).toEqual(['data.misfit', 0, 2]);
      expect(misfit.message).toContain('Column "v"');
      expect(misfit.hint).toContain('--cast v=text');
      expect(misfit.hint).toContain('--misfit null');
      const shown = value.replace(/\+00$/, '').replace(/^1e-?(39|100|130|1000)$/, '');
      expect(misfit.message).toContain(shown);
      expect(/infinity/.test(value) === misfit.hint?.includes('--infinity')).toBe(true);
    }
  });

  it.each(cases)('$sourceType as $type: become NULL and are counted', async (target, sqlType, values) => {
    const result = await decode(target, { misfit: 'null', infinity: 'misfit' }, sqlType, values);
    expect(result).toEqual({ values: values.map(() => null), nulled: values.length, extreme: 0 });
  });

  it('leave the values around them as they are', async () => {
    const policy = { misfit: 'null', infinity: 'misfit' } as const;
    const values = ['1.5', null, 'NaN', '-2.25', '1e50', '7'];
    const decimals = await decode(decimal(15, 2), policy, 'numeric', values);
    expect(decimals).toEqual({ values: ['1.50', null, null, '-2.25', null, '7.00'], nulled: 2, extreme: 0 });
    const dates = await decode(date, policy, 'date', ['2000-01-01', 'infinity', null, '2000-01-02']);
    expect(dates).toEqual({ values: ['2000-01-01', null, null, '2000-01-02'], nulled: 1, extreme: 0 });
  });

  it('are not shown of a redacted column', async () => {
    const error = await decode({ ...decimal(3, 0), redacted: true }, fail, 'numeric', ['4321']).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(MisfitError);
    expect(String(error)).not.toContain('4321');
    expect(String(error)).toContain('redacted');
  });

  it('are counted by row group', () => {
    const decoder = createDecoder([date], { misfit: 'null', infinity: 'null' });
    const frame = rowFrame([{ bytes: Buffer.from('7fffffff', 'hex'), text: '' }]);
    for (const rows of [2, 0, 1]) {
      for (let i = 0; i < rows; i++) decoder.add(frame, 0, frame.length);
      decoder.finish();
      expect(decoder.misfits()).toEqual({ nulled: [rows], extreme: [0] });
    }
  });
});

describe('infinities', () => {
  it.each(['fail', 'null'] as const)('become NULL where that is asked for, also under misfit %s', async (misfit) => {
    for (const [target, sqlType] of [
      [date, 'date'],
      [timestamp, 'timestamp'],
      [timestamptz, 'timestamptz'],
    ] as const) {
      const result = await decode(target, { misfit, infinity: 'null' }, sqlType, ['infinity', '-infinity', null]);
      expect(result).toEqual({ values: [null, null, null], nulled: 2, extreme: 0 });
    }
  });

  it('become the extremes that DuckDB takes for infinities', async () => {
    const duckdb = await (await DuckDBInstance.create()).connect();
    const policy = { misfit: 'fail', infinity: 'extreme' } as const;
    for (const [target, sqlType, days] of [
      [date, 'date', true],
      [timestamp, 'timestamp', false],
      [timestamptz, 'timestamptz', false],
    ] as const) {
      const decoder = createDecoder([target], policy);
      const frames = await copyFrames(client, `SELECT v::${sqlType} FROM (VALUES ('infinity'), ('-infinity')) q(v)`);
      decoder.add(frames, 0, frames.length);
      const numbers = [...(decoder.finish().data.children[0]!.values as Int32Array | BigInt64Array)].map(String);
      expect(decoder.misfits()).toEqual({ nulled: [0], extreme: [2] });
      // DuckDB hands out its own values of infinity as numbers; they must be ours.
      const own = await duckdb.runAndReadAll(`SELECT 'infinity'::${sqlType}, '-infinity'::${sqlType}`);
      const read = own
        .getRows()[0]!
        .map((value) => String((value as unknown as { days: number; micros: bigint })[days ? 'days' : 'micros']));
      expect(numbers).toEqual(read);
    }
  });

  it('of numeric and finite values past the type are no infinities: they stay misfits', async () => {
    const policy = { misfit: 'null', infinity: 'extreme' } as const;
    expect(await decode(decimal(15, 2), policy, 'numeric', ['Infinity'])).toMatchObject({ nulled: 1, extreme: 0 });
    expect(await decode(timestamp, policy, 'timestamp', ['294276-01-01'])).toMatchObject({ nulled: 1, extreme: 0 });
    // Finite, but it is the very number that stands for infinity now.
    expect(await decode(timestamp, policy, 'timestamp', ['294247-01-10 04:00:54.775807'])).toMatchObject({ nulled: 1 });
    expect(await decode(timestamp, policy, 'timestamp', ['294247-01-10 04:00:54.775806'])).toMatchObject({ nulled: 0 });
  });
});

describe('text of a database whose encoding promises nothing', () => {
  const unchecked = column('text-unchecked', 'text', { kind: 'text' });
  const frames = (...values: (string | null)[]) =>
    Buffer.concat(values.map((hex) => rowFrame([hex === null ? null : { bytes: Buffer.from(hex, 'hex'), text: '' }])));

  it.each([
    ['a lone byte', 'ff'],
    ['a character cut short', 'e282'],
    ['a surrogate', 'eda080'],
    ['too long a form', 'c080'],
  ])('stops the run at %s', (_, hex) => {
    const decoder = createDecoder([unchecked], fail);
    const bytes = frames('6162', null, 'c3a9', hex);
    expect(() => decoder.add(bytes, 0, bytes.length)).toThrow(
      expect.objectContaining({ code: 'data.encoding', column: 0, row: 3 }) as Error,
    );
  });

  it('stops the run where a character is spread over two values', () => {
    const decoder = createDecoder([unchecked], fail);
    const bytes = frames('c3', 'a9');
    expect(() => decoder.add(bytes, 0, bytes.length)).toThrow(expect.objectContaining({ row: 0 }) as Error);
  });

  it('becomes NULL where that is asked for', () => {
    const decoder = createDecoder([unchecked], { misfit: 'null', infinity: 'misfit' });
    const bytes = frames('6162', 'ff', '', null, 'c3', 'a9', 'c3a9');
    decoder.add(bytes, 0, bytes.length);
    expect(canonicalColumn(decoder.finish(), 0, unchecked.type)).toEqual(['ab', null, '', null, null, null, 'é']);
    expect(decoder.misfits().nulled).toEqual([3]);
  });

  it('is what a server in SQL_ASCII sends', async () => {
    await client.query(`CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    const url = new URL(db.url);
    url.pathname = '/bytes';
    const own = await session(url.href);
    // Under client_encoding UTF8 the server itself would refuse to send such text.
    await own.query('SET client_encoding = SQL_ASCII');
    const sql = `SELECT convert_from(v, 'SQL_ASCII') FROM (VALUES ('\\x6162'::bytea), ('\\x61ff'), ('\\xc3a9')) q(v)`;
    const sent = await copyFrames(own, sql);
    const decoder = createDecoder([unchecked], { misfit: 'null', infinity: 'misfit' });
    decoder.add(sent, 0, sent.length);
    expect(canonicalColumn(decoder.finish(), 0, unchecked.type)).toEqual(['ab', null, 'é']);
    await own.end();
    await client.query('DROP DATABASE bytes (FORCE)');
  });
});
