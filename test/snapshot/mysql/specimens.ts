/** A column of a table of MariaDB, and values for it as SQL writes them. */
export interface Specimen {
  readonly name: string;
  /** The column's type on the server. */
  readonly sql: string;
  readonly arrow: string;
  readonly exactness: 'exact' | 'widened';
  readonly values: readonly string[];
  /** What the server's text of the value is, where it is not the column's own; of the column `c`. */
  readonly shown?: string;
}

type Rest = Partial<Pick<Specimen, 'exactness' | 'shown'>>;
const specimen = (name: string, sql: string, arrow: string, values: readonly string[], rest: Rest = {}): Specimen => ({
  ...{ name, sql, arrow, values, exactness: 'exact' },
  ...rest,
});
const widened = { exactness: 'widened' } as const;
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const nines = (count: number): string => '9'.repeat(count);

const texts = [
  '',
  ' ',
  ' padded ',
  'x',
  'häß',
  '𝄞🦆',
  '﻿mark',
  'a\nb\tc"\'\\',
  'NULL',
  '日本語'.repeat(40),
  'é'.repeat(251),
];
const bytes = ["x''", "x'00'", "x'ff00fe'", "x'80'", `x'${'00ff'.repeat(130)}'`];
const moments = [
  '1970-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '2024-02-29 12:34:56.789012',
  '0001-01-01 00:00:00.000001',
  '1900-03-01 00:00:00',
  '2000-02-29 23:59:59.9',
  '9999-12-31 23:59:59.999999',
].map(quote);
const smallInts = (low: string, high: string): string[] => ['0', '1', '-1', low, high];

const shape = (name: string, sql: string, values: readonly string[]): Specimen =>
  specimen(
    name,
    sql,
    'binary',
    values.map((value) => `ST_GeomFromText('${value}')`),
    { shown: 'LOWER(HEX(ST_AsBinary(c)))' },
  );

/** Every type that the server has, with its extreme values. */
export const specimens: readonly Specimen[] = [
  specimen('i1', 'tinyint', 'int16', smallInts('-128', '127')),
  specimen('flag', 'tinyint(1)', 'int16', ['0', '1', '2', '-1']),
  specimen('truth', 'boolean', 'int16', ['true', 'false', '127']),
  specimen('u1', 'tinyint unsigned', 'int16', ['0', '255']),
  specimen('i2', 'smallint', 'int16', smallInts('-32768', '32767')),
  specimen('u2', 'smallint unsigned', 'int32', ['0', '65535', '32768'], widened),
  specimen('i3', 'mediumint', 'int32', smallInts('-8388608', '8388607')),
  specimen('u3', 'mediumint unsigned', 'int32', ['0', '16777215']),
  specimen('i4', 'int', 'int32', smallInts('-2147483648', '2147483647')),
  specimen('u4', 'int unsigned', 'int64', ['0', '4294967295', '2147483648'], widened),
  specimen('z4', 'int(10) zerofill', 'int64', ['0', '7', '4294967295'], { ...widened, shown: 'c + 0' }),
  specimen('i8', 'bigint', 'int64', [
    ...smallInts('-9223372036854775808', '9223372036854775807'),
    ...['9007199254740991', '9007199254740993', '-9007199254740993', '4294967296', '-4294967297'],
  ]),
  specimen('u8', 'bigint unsigned', 'decimal128(20,0)', ['0', '18446744073709551615', '9223372036854775808'], widened),
  specimen('z8', 'bigint(20) zerofill', 'decimal128(20,0)', ['0', '7', '18446744073709551615'], {
    ...widened,
    shown: 'c + 0',
  }),
  specimen(
    'f4',
    'float',
    'float32',
    ['0', '-0e0', '0.1', '16777217', '3.40282e38', '-3.40282e38', '1.17549435e-38', '1e-45', '1.2345678'],
    { shown: 'CAST(c AS DOUBLE)' },
  ),
  specimen('f8', 'double', 'float64', [
    ...['0', '-0e0', '0.1', '1e308', '-1.7976931348623157e308', '2.2250738585072014e-308', '5e-324'],
    ...['9007199254740993', '0.30000000000000004', '1e21', '123456789.123456789'],
  ]),
  // Its text has two places, and the number that is kept may have more.
  specimen('f8_2', 'double(10,2)', 'float64', ['0', '0.1', '12345678.91', '-0.01'], { shown: 'CAST(c AS DOUBLE)' }),
  specimen('d1', 'decimal(1,0)', 'decimal128(1,0)', ['0', '9', '-9']),
  specimen('d15_2', 'decimal(15,2)', 'decimal128(15,2)', [
    '0',
    '0.01',
    '-0.01',
    '9999999999999.99',
    '-9999999999999.99',
    '42949672.96',
  ]),
  specimen('d16_2', 'decimal(16,2)', 'decimal128(16,2)', [
    '0',
    '99999999999999.99',
    '-99999999999999.99',
    '90071992547409.93',
  ]),
  specimen('d5_5', 'decimal(5,5)', 'decimal128(5,5)', ['0', '0.00001', '-0.99999']),
  specimen('du', 'decimal(10,3) unsigned', 'decimal128(10,3)', ['0', '0.001', '9999999.999']),
  specimen('d38', 'decimal(38,10)', 'decimal128(38,10)', [
    ...['0', `${nines(28)}.${nines(10)}`, `-${nines(28)}.${nines(10)}`, '-0.0000000001', '18446744073709551616'],
  ]),
  specimen('d39', 'decimal(39,1)', 'utf8', ['0', `${nines(38)}.9`, `-${nines(38)}.9`], widened),
  specimen(
    'd65',
    'decimal(65,30)',
    'utf8',
    ['0', `${nines(35)}.${nines(30)}`, '-0.000000000000000000000000000001'],
    widened,
  ),
  specimen('b1', 'bit(1)', 'bool', ["b'0'", "b'1'"], { shown: `ELT(c + 1, 'false', 'true')` }),
  specimen('b17', 'bit(17)', 'int64', ["b'0'", "b'11111111111111111'", "b'10000000000000000'"], {
    ...widened,
    shown: 'c + 0',
  }),
  specimen('b63', 'bit(63)', 'int64', ["b'0'", `b'${'1'.repeat(63)}'`, `b'1${'0'.repeat(62)}'`], {
    ...widened,
    shown: 'c + 0',
  }),
  specimen('b64', 'bit(64)', 'decimal128(20,0)', ["b'0'", `b'${'1'.repeat(64)}'`, `b'1${'0'.repeat(63)}'`], {
    ...widened,
    shown: 'c + 0',
  }),
  specimen('da', 'date', 'date32', [
    "'1970-01-01'",
    "'0001-01-01'",
    "'9999-12-31'",
    "'2024-02-29'",
    "'1900-02-28'",
    "'2000-02-29'",
  ]),
  specimen('dt', 'datetime', 'timestamp[us]', moments),
  specimen('dt3', 'datetime(3)', 'timestamp[us]', moments),
  specimen('dt6', 'datetime(6)', 'timestamp[us]', moments),
  specimen('ts', 'timestamp NULL', 'timestamp[us, UTC]', [
    "'1970-01-01 00:00:01'",
    "'2038-01-19 03:14:07'",
    "'2024-03-31 01:30:00'",
    "'2024-10-27 00:30:00'",
  ]),
  specimen('ts6', 'timestamp(6) NULL', 'timestamp[us, UTC]', [
    "'1970-01-01 00:00:01.000001'",
    "'2038-01-19 03:14:07.999999'",
  ]),
  specimen('ti', 'time', 'time64[us]', ["'00:00:00'", "'23:59:59'", "'12:34:56'"]),
  specimen('ti6', 'time(6)', 'time64[us]', ["'00:00:00'", "'23:59:59.999999'", "'00:00:00.000001'"]),
  specimen('y', 'year', 'int16', ['1901', '2155', '0', '2024'], { shown: 'c + 0' }),
  specimen('ch', 'char(60)', 'utf8', ["''", "'x'", "' leads'", quote('häß 𝄞')]),
  specimen('vc', 'varchar(1000)', 'utf8', texts.map(quote)),
  specimen('vc3', 'varchar(100) character set utf8mb3', 'utf8', [quote('häß 日本')]),
  specimen('vcl', 'varchar(100) character set latin1', 'utf8', [quote('häß€'), "''"]),
  specimen('vcu', 'varchar(100) character set utf16', 'utf8', [quote('häß 𝄞')]),
  specimen('vci', 'varchar(100) collate utf8mb4_bin', 'utf8', ["'A'", "'a'"]),
  specimen('tt', 'tinytext', 'utf8', [quote('häß')]),
  specimen('tx', 'text', 'utf8', [...texts.map(quote), "repeat('é', 30000)"]),
  specimen('mt', 'mediumtext', 'utf8', ["repeat('0123456789', 7000)"]),
  specimen('lt', 'longtext', 'utf8', [quote('x'), "repeat('ab', 40000)"]),
  specimen('js', 'json', 'json', [`'{"a": 1, "a": 2}'`, `'[1.0, 12345678901234567890, "é"]'`, `'null'`, `'"text"'`]),
  specimen('en', `enum('small','gröss','it''s')`, 'utf8', ["'small'", "'gröss'", `'it''s'`]),
  specimen('st', `set('a','b','c')`, 'utf8', ["''", "'a'", "'a,c'"]),
  specimen('bi', 'binary(5)', 'binary', ["x'00'", "x'0102030405'", "x'ff'"], { shown: 'LOWER(HEX(c))' }),
  specimen('vb', 'varbinary(300)', 'binary', bytes, { shown: 'LOWER(HEX(c))' }),
  specimen('tb', 'tinyblob', 'binary', bytes.slice(0, 4), { shown: 'LOWER(HEX(c))' }),
  specimen('bl', 'blob', 'binary', [...bytes, "repeat(x'00ff', 20000)"], { shown: 'LOWER(HEX(c))' }),
  specimen('mb', 'mediumblob', 'binary', ["repeat(x'80', 70000)"], { shown: 'LOWER(HEX(c))' }),
  specimen('lb', 'longblob', 'binary', ["x'c3'"], { shown: 'LOWER(HEX(c))' }),
  specimen('vt', 'text character set binary', 'binary', ["x'ff'"], { shown: 'LOWER(HEX(c))' }),
  specimen('uu', 'uuid', 'uuid', [
    "'00000000-0000-0000-0000-000000000000'",
    "'123e4567-e89b-12d3-a456-426655440000'",
    "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
  ]),
  specimen('i6', 'inet6', 'utf8', ["'::1'", "'2001:db8::ff00:42:8329'"]),
  specimen('v4', 'inet4', 'utf8', ["'127.0.0.1'", "'255.255.255.255'"]),
  shape('ge', 'geometry', ['POINT(1 2)', 'LINESTRING(0 0, 1.5 -1, 2 2)']),
  shape('po', 'point', ['POINT(0.1 -180)']),
  shape('li', 'linestring', ['LINESTRING(0 0, 1e-300 1e300)']),
  shape('pg', 'polygon', ['POLYGON((0 0, 10 0, 10 10, 0 0), (1 1, 2 1, 2 2, 1 1))']),
  shape('mp', 'multipoint', ['MULTIPOINT(0 0, -1 -1)']),
  shape('ml', 'multilinestring', ['MULTILINESTRING((0 0, 1 1), (2 2, 3 3, 4 4))']),
  shape('my', 'multipolygon', ['MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))']),
  shape('gc', 'geometrycollection', [
    'GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))',
    'GEOMETRYCOLLECTION EMPTY',
  ]),
  specimen('gv', 'int GENERATED ALWAYS AS (i2 + 1) VIRTUAL', 'int32', []),
  specimen('gs', "varchar(100) GENERATED ALWAYS AS (concat(i2, '!')) STORED", 'utf8', []),
];
