import type { Shape } from './shapes.js';

/** A column of a table on the server, and values for it as SQL writes them. */
export interface Specimen {
  readonly name: string;
  /** The column's type on the server. */
  readonly sql: string;
  /** The Arrow type that it must arrive as. */
  readonly arrow: string;
  readonly values: readonly string[];
  /** A type that the server's text is taken of, where its own text says less or is no number (`real` is widened). */
  readonly shownAs?: string;
  /** What the ledger says of it; default `exact`. */
  readonly exactness?: 'widened';
  /** How its values are made of others; absent: they are single ones. */
  readonly shape?: Shape;
  /** The oldest server that has it; default 14. */
  readonly since?: number;
}

const nines = (n: number): string => '9'.repeat(n);

const timestamps = [
  '1970-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '2000-01-01 00:00:00',
  '1999-12-31 23:59:59.999999',
  '2024-02-29 12:34:56.789012',
  '2024-10-27 00:59:59.000001',
  '0001-01-01 00:00:00',
  '0001-12-31 23:59:59.999999 BC',
  '0044-03-15 12:00:00 BC',
  '4713-11-24 00:00:00 BC',
  '9999-12-31 23:59:59.999999',
  '10000-01-01 00:00:00',
  '275760-09-13 00:00:00',
  '294246-12-31 23:59:59.999999',
  // The last microsecond that int64 reaches when it is counted from 1970.
  '294247-01-10 04:00:54.775807',
];

const texts = [
  '',
  ' ',
  'NULL',
  '\\N',
  'häß',
  'e\u0301',
  '𝄞🦆',
  '\ufeffmark',
  '\u0001\u007f\u2028\uffff',
  'a\r\nb\tc"\'\\',
  '日本語'.repeat(40),
  '🦆'.repeat(20_000),
];

const integers: readonly Specimen[] = [
  { name: 'b', sql: 'boolean', arrow: 'bool', values: ['true', 'false'] },
  { name: 'i2', sql: 'smallint', arrow: 'int16', values: ['0', '1', '-1', '32767', '-32768'] },
  { name: 'i4', sql: 'integer', arrow: 'int32', values: ['0', '-1', '65536', '2147483647', '-2147483648'] },
  {
    name: 'i8',
    sql: 'bigint',
    arrow: 'int64',
    values: [
      ...['0', '-1', '4294967296', '-4294967297', '9007199254740991', '9007199254740993', '-9007199254740993'],
      ...['9223372036854775807', '-9223372036854775808'],
    ],
  },
];

const floats: readonly Specimen[] = [
  {
    name: 'f4',
    sql: 'real',
    arrow: 'float32',
    shownAs: 'float8',
    values: [
      ...['0', '-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '1.1754942e-38', '1.17549435e-38'],
      ...['3.4028235e38', '-3.4028235e38', '0.1', '16777217', '7.038531e-26'],
    ],
  },
  {
    name: 'f8',
    sql: 'double precision',
    arrow: 'float64',
    values: [
      ...['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '2.225073858507201e-308', '2.2250738585072014e-308'],
      ...['1.7976931348623157e308', '-1.7976931348623157e308', '0.1', '9007199254740993', '1e23'],
    ],
  },
];

const decimals: readonly Specimen[] = [
  {
    name: 'n15',
    sql: 'numeric(15,2)',
    arrow: 'decimal128(15,2)',
    values: [
      ...['0', '0.01', '-0.01', '0.10', '1', '-1', '9999', '10000', '21474836.48', '-21474836.49', '42949672.96'],
      ...[`${nines(13)}.99`, `-${nines(13)}.99`],
    ],
  },
  { name: 'n9', sql: 'numeric(9,0)', arrow: 'decimal128(9,0)', values: ['0', nines(9), `-${nines(9)}`] },
  { name: 'n18', sql: 'numeric(18,18)', arrow: 'decimal128(18,18)', values: [`0.${nines(18)}`, `-0.${nines(18)}`] },
  {
    name: 'n19',
    sql: 'numeric(19,4)',
    arrow: 'decimal128(19,4)',
    values: [`${nines(15)}.9999`, `-${nines(15)}.9999`, '0.0001', '922337203685477.5808'],
  },
  {
    name: 'n38',
    sql: 'numeric(38,0)',
    arrow: 'decimal128(38,0)',
    values: [nines(38), `-${nines(38)}`, '0', `1${'0'.repeat(37)}`],
  },
  {
    name: 'n3810',
    sql: 'numeric(38,10)',
    arrow: 'decimal128(38,10)',
    values: [
      ...[`${nines(28)}.${nines(10)}`, `-${nines(28)}.${nines(10)}`, '0.0000000001', '-0.0000000001', '1'],
      '18446744073709551616.0000000001',
    ],
  },
  {
    name: 'n3838',
    sql: 'numeric(38,38)',
    arrow: 'decimal128(38,38)',
    values: [`0.${nines(38)}`, `-0.${nines(38)}`, `0.${'0'.repeat(37)}1`, '0.5', '0'],
  },
  {
    name: 'n5_2',
    sql: 'numeric(5,-2)',
    arrow: 'decimal128(7,0)',
    since: 15,
    values: ['9999949', '-9999949', '149', '50', '49', '0'],
  },
  {
    name: 'n36_2',
    sql: 'numeric(36,-2)',
    arrow: 'decimal128(38,0)',
    since: 15,
    values: [`${nines(36)}49`, `-${nines(36)}00`],
  },
  {
    name: 'n3_5',
    sql: 'numeric(3,5)',
    arrow: 'decimal128(5,5)',
    since: 15,
    values: ['0.00999', '-0.00999', '0.00001', '0.000004', '0'],
  },
  {
    name: 'n1_38',
    sql: 'numeric(1,38)',
    arrow: 'decimal128(38,38)',
    since: 15,
    values: [`0.${'0'.repeat(37)}9`, `-0.${'0'.repeat(37)}9`, '0'],
  },
];

const bytes: readonly Specimen[] = [
  { name: 't', sql: 'text', arrow: 'utf8', values: texts },
  { name: 'vc', sql: 'varchar(20)', arrow: 'utf8', values: ['', 'abc', '𝄞'.repeat(20), 'trailing  '] },
  { name: 'vcu', sql: 'varchar', arrow: 'utf8', values: ['', 'unbounded'] },
  { name: 'bp', sql: 'char(6)', arrow: 'utf8', values: ['', 'ab', 'ä b', 'äöüßé🦆'] },
  { name: 'na', sql: 'name', arrow: 'utf8', values: ['', 'pg_class', 'ä'.repeat(31)] },
  { name: 'mo', sql: 'mood', arrow: 'utf8', values: ['', 'sad', 'so so', 'glück🦆'] },
  {
    name: 'by',
    sql: 'bytea',
    arrow: 'binary',
    values: ['\\x', '\\x00', '\\xff00ff', '\\x5c78', `\\x${'00ff80'.repeat(4000)}`],
  },
  {
    name: 'u',
    sql: 'uuid',
    arrow: 'uuid',
    values: [
      ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
      '01234567-89ab-cdef-0123-456789abcdef',
    ],
  },
  {
    name: 'j',
    sql: 'json',
    arrow: 'json',
    values: ['null', '{"a": 1, "a": 12345678901234567890.5}', '[1,  2]', '"\\ud83e\\udd86"', '""', '  {}'],
  },
  {
    name: 'jb',
    sql: 'jsonb',
    arrow: 'json',
    values: ['null', '{"b":[123456789012345678901234567890.5, 1e-7], "a":1, "a":2}', '""', '"é🦆\\u0001"', '[]'],
  },
];

const times: readonly Specimen[] = [
  {
    name: 'd',
    sql: 'date',
    arrow: 'date32',
    values: [
      ...['1970-01-01', '1969-12-31', '2000-01-01', '1900-03-01', '2024-02-29', '0001-01-01', '0001-12-31 BC'],
      ...['4713-11-24 BC', '9999-12-31', '10000-01-01', '275760-09-13', '275760-09-14', '5874897-12-31'],
    ],
  },
  {
    name: 'ti',
    sql: 'time',
    arrow: 'time64[us]',
    values: ['00:00:00', '00:00:00.000001', '12:00:00', '11:55:50.654079', '23:59:59.999999'],
  },
  { name: 'ti0', sql: 'time(0)', arrow: 'time64[us]', values: ['23:59:59', '11:55:50.654079'] },
  { name: 'ts', sql: 'timestamp', arrow: 'timestamp[us]', values: timestamps },
  { name: 'ts3', sql: 'timestamp(3)', arrow: 'timestamp[us]', values: ['2024-02-29 12:34:56.789912'] },
  {
    name: 'tz',
    sql: 'timestamptz',
    arrow: 'timestamp[us, UTC]',
    values: [...timestamps.map((value) => value.replace(/( BC)?$/, '+00$1')), '2024-06-30 23:00:00.5-12:34:56'],
  },
];

const others: readonly Specimen[] = [
  {
    name: 'mny',
    sql: 'money',
    arrow: 'decimal128(19,2)',
    shownAs: 'numeric',
    values: ['0', '-0.01', '92233720368547758.07', '-92233720368547758.08'],
  },
  { name: 'o', sql: 'oid', arrow: 'int64', exactness: 'widened', values: ['0', '2147483648', '4294967295'] },
  { name: 'xo', sql: 'xid', arrow: 'int64', exactness: 'widened', values: ['3', '4294967295'] },
  { name: 'co', sql: 'cid', arrow: 'int64', exactness: 'widened', values: ['0', '4294967295'] },
  { name: 'xi', sql: 'xid8', arrow: 'decimal128(20,0)', values: ['0', '9223372036854775808', '18446744073709551615'] },
  { name: 'ch', sql: '"char"', arrow: 'utf8', values: ['', 'a', '~'] },
  { name: 'ch8', sql: '"char"', arrow: 'utf8', since: 16, values: ['\\200', '\\377'] },
  {
    name: 'xm',
    sql: 'xml',
    arrow: 'utf8',
    values: ['<a b="c">ü</a>', '<?xml version="1.0" encoding="UTF-8"?><x/>', '<?xml version="1.1"?><x/>', 'text only'],
  },
  { name: 'cit', sql: 'citext', arrow: 'utf8', values: ['', 'CaseKept 🦆'] },
  { name: 'lt', sql: 'ltree', arrow: 'utf8', values: ['', 'top.science_1.x'] },
];

const domains: readonly Specimen[] = [
  { name: 'dom_n', sql: 'euro', arrow: 'decimal128(10,2)', values: ['0.01', '99999999.99'] },
  { name: 'dom_mo', sql: 'moody', arrow: 'utf8', values: ['sad', 'glück🦆'] },
  { name: 'dom_t', sql: 'label', arrow: 'utf8', values: ['', 'é'] },
];

/** Every type that arrives as a type of its own, with its extreme values. */
export const decodedTypes: readonly Specimen[] = [
  ...[...integers, ...floats, ...decimals, ...bytes, ...times],
  ...[...others, ...domains],
];

/** Decimals above 38 digits, which some readers do not take: written by `--cast`, into a table of their own. */
export const wideDecimals: readonly (Specimen & { readonly cast: string })[] = [
  {
    name: 'w39',
    sql: 'numeric(39,3)',
    cast: 'decimal256(39,3)',
    arrow: 'decimal256(39,3)',
    values: [`${nines(36)}.999`, `-${nines(36)}.999`, '0.001', '-7', '0'],
  },
  {
    name: 'w76',
    sql: 'numeric',
    cast: 'decimal(76,38)',
    arrow: 'decimal256(76,38)',
    shownAs: 'numeric(76,38)',
    values: [`${nines(38)}.${nines(38)}`, `-${nines(38)}.${nines(38)}`, '-0.5', '3', `1e-38`],
  },
  {
    name: 'narrow',
    sql: 'numeric',
    cast: 'decimal(20,4)',
    arrow: 'decimal128(20,4)',
    shownAs: 'numeric(20,4)',
    values: [`${nines(16)}.9999`, `-${nines(16)}.9999`, '1.5', '1e3'],
  },
];

/** Types and values that a database needs for these tables. */
export const prelude = `
  CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION isn;
  CREATE TYPE mood AS ENUM ('', 'sad', 'so so', 'glück🦆'); CREATE DOMAIN moody AS mood; CREATE DOMAIN label AS text;
  CREATE DOMAIN price AS numeric(10,2); CREATE DOMAIN euro AS price CHECK (VALUE > 0);
  CREATE TYPE pair AS (a int, "b c" text); CREATE TYPE nested AS (p pair, list pair[]);
  CREATE TYPE dot AS (at point, colour text); CREATE TYPE no_fields AS ();
  CREATE TYPE kept AS (gone int, n numeric(6,2), "kept" timestamptz, f real, nn numeric);
  ALTER TYPE kept DROP ATTRIBUTE gone; ALTER TYPE kept ADD ATTRIBUTE later uuid;
  CREATE DOMAIN labels AS label[]; CREATE DOMAIN pairs AS pair CHECK ((VALUE).a > -5);
  CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
  CREATE TABLE nothing (like_me int)`;
