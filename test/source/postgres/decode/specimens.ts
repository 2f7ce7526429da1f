import type { Column, LogicalType } from '../../../../src/core/types.js';

/** A column of a table on the server, and values for it as SQL writes them. */
export interface Specimen {
  readonly name: string;
  /** The column's type on the server. */
  readonly sql: string;
  readonly wire: string;
  /** The type's send function on the server. */
  readonly send: string;
  readonly type: LogicalType;
  readonly values: readonly string[];
}

const decimal = (precision: number, scale: number): LogicalType => ({ kind: 'decimal', precision, scale });
const specimen = (name: string, sql: string, wire: string, type: LogicalType, values: readonly string[]): Specimen => {
  const send = sql.startsWith('char') ? 'bpcharsend' : { json: 'json_send', text: 'textsend' }[wire];
  const separated = ['numeric', 'jsonb', 'date', 'time', 'timestamp', 'timestamptz', 'uuid'].includes(wire);
  return { name, sql, wire, type, values, send: send ?? `${wire}${separated ? '_' : ''}send` };
};

const nines = (n: number): string => '9'.repeat(n);
const timestamps = [
  '2000-01-01 00:00:00',
  '1970-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '1999-12-31 23:59:59.999999',
  '2024-02-29 12:34:56.789012',
  '0001-01-01 00:00:00',
  '0001-12-31 23:59:59.999999 BC',
  '0044-03-15 12:00:00 BC',
  '4713-11-24 00:00:00 BC',
  '9999-12-31 23:59:59.999999',
  '10000-01-01 00:00:00',
  '294246-12-31 23:59:59.999999',
  // The last microsecond that int64 reaches when it is counted from 1970.
  '294247-01-10 04:00:54.775807',
];
const texts = ['', ' ', 'x', 'häß', '𝄞🦆', '\ufeffmark', 'a\nb\tc"\'\\', 'NULL', '日本語'.repeat(40), 'é'.repeat(2047)];
const large = 'ab😀'.repeat(175_000);

/** Every type that is read in its binary form, with its extreme values. */
export const specimens: readonly Specimen[] = [
  specimen('b', 'boolean', 'bool', { kind: 'bool' }, ['true', 'false']),
  specimen('i2', 'smallint', 'int2', { kind: 'int', bits: 16 }, ['0', '1', '-1', '32767', '-32768']),
  specimen('i4', 'integer', 'int4', { kind: 'int', bits: 32 }, ['0', '-1', '2147483647', '-2147483648', '65536']),
  specimen('i8', 'bigint', 'int8', { kind: 'int', bits: 64 }, [
    '0',
    '-1',
    '9007199254740991',
    '9007199254740993',
    '-9007199254740993',
    '4294967296',
    '-4294967297',
    '9223372036854775807',
    '-9223372036854775808',
  ]),
  specimen('f4', 'real', 'float4', { kind: 'float', bits: 32 }, [
    '0',
    '-0',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e-45',
    '1.1754942e-38',
    '1.17549435e-38',
    '3.4028235e38',
    '-3.4028235e38',
    '0.1',
    '16777217',
    '7.038531e-26',
  ]),
  specimen('f8', 'double precision', 'float8', { kind: 'float', bits: 64 }, [
    '0',
    '-0',
    'NaN',
    'Infinity',
    '-Infinity',
    '5e-324',
    '2.225073858507201e-308',
    '2.2250738585072014e-308',
    '1.7976931348623157e308',
    '-1.7976931348623157e308',
    '0.1',
    '9007199254740993',
    '1e23',
  ]),
  specimen('n15', 'numeric(15,2)', 'numeric', decimal(15, 2), [
    '0',
    '0.01',
    '-0.01',
    '0.10',
    '1',
    '-1',
    '10000',
    '9999',
    '1234567.89',
    '21474836.47',
    '21474836.48',
    '-21474836.48',
    '-21474836.49',
    '42949672.96',
    '120000000000',
    `${nines(13)}.99`,
    `-${nines(13)}.99`,
  ]),
  specimen('n38', 'numeric(38,0)', 'numeric', decimal(38, 0), [nines(38), `-${nines(38)}`, '0', `1${'0'.repeat(37)}`]),
  specimen('n3810', 'numeric(38,10)', 'numeric', decimal(38, 10), [
    `${nines(28)}.${nines(10)}`,
    `-${nines(28)}.${nines(10)}`,
    '0.0000000001',
    '-0.0000000001',
    '1',
    '18446744073709551616.0000000001',
    '900719.9254740993',
  ]),
  specimen('n3838', 'numeric(38,38)', 'numeric', decimal(38, 38), [
    `0.${nines(38)}`,
    `-0.${nines(38)}`,
    `0.${'0'.repeat(37)}1`,
    '0.5',
  ]),
  specimen('n5', 'numeric(5,5)', 'numeric', decimal(5, 5), ['0.00001', '-0.99999', '0.1', '0']),
  specimen('n39', 'numeric(39,3)', 'numeric', decimal(39, 3), [`${nines(36)}.999`, `-${nines(36)}.999`, '0.001', '-7']),
  specimen('n76', 'numeric(76,38)', 'numeric', decimal(76, 38), [
    `${nines(38)}.${nines(38)}`,
    `-${nines(38)}.${nines(38)}`,
    '-0.5',
    '3',
  ]),
  specimen('t', 'text', 'text', { kind: 'text' }, [...texts, large]),
  specimen('vc', 'varchar(20)', 'text', { kind: 'text' }, ['', 'abc', '𝄞'.repeat(20)]),
  specimen('bp', 'char(6)', 'text', { kind: 'text' }, ['', 'ab', 'ä b']),
  specimen('by', 'bytea', 'bytea', { kind: 'binary' }, ['\\x', '\\x00', '\\xff00ff', `\\x${'00ff80'.repeat(400)}`]),
  specimen('j', 'json', 'json', { kind: 'json' }, ['null', '{"a": 1, "a": 1e400}', '[1,  2]', '"\\ud83e\\udd86"']),
  specimen('jb', 'jsonb', 'jsonb', { kind: 'json' }, [
    'null',
    '{"a":1,"b":[123456789012345678901234567890.5]}',
    '""',
    '"é🦆"',
  ]),
  specimen('d', 'date', 'date', { kind: 'date' }, [
    '2000-01-01',
    '1970-01-01',
    '1969-12-31',
    '1900-03-01',
    '2024-02-29',
    '0001-01-01',
    '0001-12-31 BC',
    '4713-11-24 BC',
    '10000-01-01',
    '5874897-12-31',
  ]),
  specimen('ti', 'time', 'time', { kind: 'time' }, ['00:00:00', '23:59:59.999999', '12:00:00', '11:55:50.654079']),
  specimen('ts', 'timestamp', 'timestamp', { kind: 'timestamp', utc: false }, timestamps),
  specimen(
    'tz',
    'timestamptz',
    'timestamptz',
    { kind: 'timestamp', utc: true },
    timestamps.map((value) => value.replace(/( BC)?$/, '+00$1')),
  ),
  specimen('u', 'uuid', 'uuid', { kind: 'uuid' }, [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '01234567-89ab-cdef-0123-456789abcdef',
  ]),
];

export function columnOf({ name, sql, type, wire }: Pick<Specimen, 'name' | 'sql' | 'type' | 'wire'>): Column {
  return { name, sourceType: sql, type, wire, exactness: 'exact', redacted: false };
}
