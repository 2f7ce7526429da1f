import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { connect } from '../../../../src/source/postgres-protocol/connect.js';
import type { PgConnection } from '../../../../src/source/postgres-protocol/connection.js';
import { fromPg } from '../../../../src/source/postgres-protocol/errors/from-pg.js';
import { excerpt } from '../../../../src/source/postgres-protocol/errors/excerpt.js';
import { hideSecrets } from '../../../../src/core/hide-secrets.js';
import { resolveConnection } from '../../../../src/source/postgres/connection/settings/resolve.js';

describe('a connection that is lost', () => {
  it.each([
    'Connection terminated unexpectedly',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('is worth another try, however the client says it: %s', (text) => {
    expect(fromPg(new Error(text))).toMatchObject({ code: 'source.lost', retryable: true });
  });
});

/** As PgBouncer's sources have them. */
describe('messages of a pooler', () => {
  const said = (message: string, code = '08P01'): Error =>
    Object.assign(new Error(message), { code, severity: 'FATAL' });

  it.each([
    ['transaction blocks not allowed in statement pooling mode', 'source.snapshot', false],
    ['unsupported startup parameter: options', 'source.unsupported', false],
    ['unsupported startup parameter in options: app.tenant', 'source.unsupported', false],
    ['query_wait_timeout', 'source.unreachable', true],
    ['no more connections allowed (max_client_conn)', 'source.unreachable', true],
    ['database "shop" does not exist', 'source.not-found', false],
    ['no such user', 'source.auth', false],
    ['query timeout', 'source.timeout', false],
    ['idle transaction timeout', 'source.timeout', false],
    ['server login has been failing, try again later (server_login_retry)', 'source.unreachable', true],
  ])('%s is %s', (message, code, retryable) => {
    const error = fromPg(said(message));
    expect(error).toMatchObject({ code, retryable });
    expect(error.hint).toMatch(/pooler (?:in statement mode )?stands between/);
  });

  it('are not looked for in what the server says itself', () => {
    expect(fromPg(said('query timeout', 'P0001'))).toMatchObject({ code: 'source.sql' });
    expect(fromPg(said('protocol violation'))).toMatchObject({ code: 'source.lost' });
  });
});

describe('messages of the server', () => {
  let connection: PgConnection;
  beforeAll(async () => {
    const settings = resolveConnection({ url: inject('postgres18').url, env: {}, home: '/nonexistent' });
    connection = await connect(settings, { signal: new AbortController().signal });
  });
  afterAll(() => connection.close());

  /** Makes the server itself raise the error, with its own SQLSTATE. */
  const raised = (state: string): Promise<unknown> =>
    connection.client
      .query(`DO $$ BEGIN RAISE EXCEPTION 'it says so' USING ERRCODE = '${state}', DETAIL = 'the detail'; END $$`)
      .catch((error: unknown) => error);

  it.each([
    ['28P01', 'source.auth', false],
    ['28000', 'source.auth', false],
    ['42501', 'source.permission', false],
    ['42P01', 'source.not-found', false],
    ['3F000', 'source.not-found', false],
    ['3D000', 'source.not-found', false],
    ['42703', 'source.not-found', false],
    ['42601', 'source.sql', false],
    ['22P02', 'source.sql', false],
    ['22012', 'source.sql', false],
    ['P0001', 'source.sql', false],
    ['0A000', 'source.unsupported', false],
    ['57014', 'source.timeout', false],
    ['55P03', 'source.locked', true],
    ['57P01', 'source.lost', true],
    ['57P03', 'source.lost', true],
    ['08006', 'source.lost', true],
    ['53300', 'source.unreachable', true],
    ['40001', 'source.snapshot', true],
    ['XX000', 'source.sql', false],
  ])('%s is %s', async (state, code, retryable) => {
    const error = fromPg(await raised(state), { doing: 'reading t' });
    expect(error).toMatchObject({ code, retryable, exitCode: 3 });
    expect(error.message).toBe('reading t: it says so (the detail)');
  });

  it('keep what is a TidemarkError already', () => {
    const error = new TidemarkError('data.misfit', 'x');
    expect(fromPg(error)).toBe(error);
  });

  it('show where the server stumbled, in lines and characters of the query', async () => {
    const text = "SELECT 'äöü😀',\n  '😀' || nowhere";
    const before = 'SELECT * FROM (\n';
    const error = (await connection
      .query(`${before}${text}) AS q`, [], { sql: { text, offset: before.length } })
      .catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error.message).toContain('at line 2, column 10: "nowhere"');
  });

  it.each([
    ['40P01', 'source.sql'],
    ['25P03', 'source.lost'],
  ])('%s is %s', async (state, code) => {
    expect(fromPg(await raised(state)).code).toBe(code);
  });
});

it.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'source.tls', 'not trusted'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'source.tls', 'self-signed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'source.tls', 'another host name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'source.tls', 'TLS failed'],
  ['ECONNRESET', 'source.lost', 'broke'],
  ['ERR_STRING_TOO_LONG', 'source.unsupported', 'more than 512 MiB'],
  ['EPIPE', 'source.lost', 'broke'],
  ['ECONNREFUSED', 'source.unreachable', 'nothing listens'],
  ['ENOTFOUND', 'source.unreachable', 'unknown'],
])('%s is %s', (code, expected, text) => {
  const error = fromPg(new AggregateError([Object.assign(new Error('low level'), { code })]));
  expect(error.code).toBe(expected);
  expect(error.message).toContain(text);
  expect(error.hint).toBeTruthy();
});

describe('excerpt', () => {
  it.each([
    ['1', 'at line 1, column 1: "SELECT"'],
    ['7', 'at line 1, column 7'],
    ['8', 'at line 2, column 1: "x"'],
    ['99', undefined],
    [undefined, undefined],
  ])('of position %s', (position, expected) => {
    expect(excerpt(position, { text: 'SELECT\nx', offset: 0 }, [])).toBe(expected);
  });
});

describe('hideSecrets', () => {
  it('finds secrets plain, with doubled quotes and with doubled backslashes', () => {
    const secret = "a'b\\c";
    expect(hideSecrets(`"${secret}" 'a''b\\c' E'a''b\\\\c'`, [secret])).toBe(`"***" '***' E'***'`);
  });

  it('hides the longest first, and nothing for an empty secret', () => {
    expect(hideSecrets('abc ab', ['ab', 'abc', ''])).toBe('*** ***');
  });

  it('whatever characters it is made of', () => {
    const secret = fc.string({ unit: fc.constantFrom(..."a1 .*+?^$(){}|[]/-\\'é😀"), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(secret, (value) => {
        expect(hideSecrets(`is "${value}" so`, [value])).toBe('is "***" so');
      }),
    );
  });

  it('leaves words that only contain a short one', () => {
    expect(hideSecrets('column "name1" of n, 1 and n.m', ['n', '1'])).toBe('column "name1" of ***, *** and ***.m');
    expect(hideSecrets('xhunter2x', ['hunter2'])).toBe('x***x');
  });
});

describe('a query with a secret parameter', () => {
  const because = ' (*** stands where the value of a secret parameter may be)';
  const said = (code: string, message: string, query: string, secrets: readonly string[] = ['hunter2']): string =>
    fromPg(Object.assign(new Error(message), { code, severity: 'ERROR' }), { query, secrets }).message;

  it.each([
    [
      'a value of its rows',
      '22P02',
      'invalid input syntax for type integer: "abc"',
      'SELECT a::int FROM t WHERE b = :s',
      `invalid input syntax for type integer: "***"${because}`,
    ],
    [
      'a value with quotes',
      '22P02',
      'invalid input syntax for type integer: "a"b"c"',
      'SELECT a',
      `invalid input syntax for type integer: "***"${because}`,
    ],
    [
      'a value, and the format that the query names',
      '22007',
      'invalid value "ab" for "MM"',
      "SELECT to_date(:s, 'MM')",
      `invalid value "***" for "MM"${because}`,
    ],
    [
      'what the query itself says',
      '22P02',
      'invalid input syntax for type integer: "abc"',
      "SELECT 'abc'::int, :s",
      'invalid input syntax for type integer: "abc"',
    ],
    [
      'a value with bytes in hexadecimal digits',
      '22P02',
      'invalid input syntax for type integer: "0xff abc"',
      'SELECT a::int FROM t WHERE b = :s',
      `invalid input syntax for type integer: "***"${because}`,
    ],
    [
      'bytes that are no text',
      '22021',
      'invalid byte sequence for encoding "UTF8": 0xe2 0x28 0xa1',
      'SELECT a FROM t WHERE b = :s',
      `invalid byte sequence for encoding "***": ***${because}`,
    ],
    ['no value', '22012', 'division by zero', 'SELECT 1/0, :s', 'division by zero'],
    [
      'a name',
      '42703',
      'column "emial" does not exist',
      'SELECT emial FROM t WHERE s = :s',
      'column "emial" does not exist',
    ],
    [
      'the secret',
      '42601',
      'syntax error at or near "hunter2"',
      'SELECT :s',
      `syntax error at or near "***"${because}`,
    ],
  ])('shows of an error what cannot be the secret: %s', (_, code, message, query, expected) => {
    expect(said(code, message, query)).toBe(expected);
  });

  it('hides nothing where there is no secret', () => {
    expect(said('22P02', 'invalid input syntax for type integer: "abc"', 'SELECT 1', [])).toContain('"abc"');
  });
});
