import { dateText, floatText } from '../readers/canonical.js';

/** How the server's text of a value becomes the one text form in which readers are compared; written without our own code. */
export type Kind = 'same' | 'bool' | 'float4' | 'float8' | 'bytea' | 'date' | 'time' | 'timestamp' | 'timestamptz';

export interface TestColumn {
  readonly name: string;
  /** As in CREATE TABLE. */
  readonly type: string;
  readonly kind: Kind;
  /** SQL literals, without the type. */
  readonly values: readonly string[];
  /** The Arrow type that the ledger must name. */
  readonly arrow: string;
}

const column = (type: string, arrow: string, kind: Kind, ...values: string[]): TestColumn => ({
  name: `c ${type}`,
  type,
  kind,
  arrow,
  values: values.map((value) => `'${value.replaceAll("'", "''")}'`),
});

const nines = (count: number): string => '9'.repeat(count);

/** Every type that has an Arrow type of its own, with the ends of its range and what others get wrong. */
export const columns: readonly TestColumn[] = [
  column('boolean', 'bool', 'bool', 't', 'f'),
  column('smallint', 'int16', 'same', '-32768', '32767', '0', '-1'),
  column('integer', 'int32', 'same', '-2147483648', '2147483647', '0'),
  column(
    'bigint',
    'int64',
    'same',
    '-9223372036854775808',
    '9223372036854775807',
    '9007199254740991',
    '9007199254740993',
    '-9007199254740993',
    '0',
  ),
  column(
    'real',
    'float32',
    'float4',
    '0',
    '-0',
    'NaN',
    'Infinity',
    '-Infinity',
    '3.4028235e38',
    '1e-45',
    '-1.5',
    '0.1',
  ),
  column(
    'double precision',
    'float64',
    'float8',
    ...[
      '0',
      '-0',
      'NaN',
      'Infinity',
      '-Infinity',
      '1.7976931348623157e308',
      '5e-324',
      '0.1',
      '-2.2250738585072014e-308',
    ],
  ),
  column('numeric(15,2)', 'decimal128(15,2)', 'same', '0.00', '-0.01', '9999999999999.99', '-9999999999999.99', '1.5'),
  column('numeric(9,0)', 'decimal128(9,0)', 'same', nines(9), `-${nines(9)}`, '0'),
  column('numeric(18,18)', 'decimal128(18,18)', 'same', `0.${nines(18)}`, `-0.${nines(18)}`, '0.000000000000000001'),
  column('numeric(38,0)', 'decimal128(38,0)', 'same', nines(38), `-${nines(38)}`, '0', '18446744073709551616'),
  column('numeric(38,37)', 'decimal128(38,37)', 'same', `9.${nines(37)}`, `-9.${nines(37)}`, '-0.1'),
  column(
    'numeric',
    'utf8',
    'same',
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '1e-130',
      '0.10',
      '-12345678901234567890123456789012345678901234567890.5',
      '1e200',
    ],
  ),
  column('numeric(39,1)', 'utf8', 'same', `${nines(38)}.9`, '-0.1'),
  column(
    'text',
    'utf8',
    'same',
    '',
    ' ',
    'NULL',
    'null',
    'Zoë 😀 𝒳',
    'it\'s; "q"',
    'a\tb\nc\r\n',
    '\\N',
    'x'.repeat(300),
  ),
  column('varchar(10)', 'utf8', 'same', '', 'ten chars!', '0'),
  column('char(5)', 'utf8', 'same', 'a', 'abcde', ''),
  column('name', 'utf8', 'same', 'pg_class', ''),
  column('bytea', 'binary', 'bytea', '\\x', '\\x00', '\\x00ff10', '\\x5c780a', `\\x${'ab'.repeat(200)}`),
  column(
    'date',
    'date32',
    'date',
    ...[
      '1970-01-01',
      '1969-12-31',
      '4713-01-01 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '2024-02-29',
      '9999-12-31',
      '5874897-12-31',
    ],
  ),
  column('time', 'time64[us]', 'time', '00:00:00', '23:59:59.999999', '12:34:56.000001', '01:02:03.5'),
  column(
    'timestamp',
    'timestamp[us]',
    'timestamp',
    ...['1970-01-01 00:00:00', '1969-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC', '9999-12-31 23:59:59.999999'],
    ...['294246-12-31 23:59:59.999999', '2024-03-31 02:30:00', '0001-01-01 00:00:00.000001'],
  ),
  column(
    'timestamptz',
    'timestamp[us, UTC]',
    'timestamptz',
    ...[
      '1970-01-01 00:00:00+00',
      '2024-03-31 02:30:00+13:45',
      '4713-01-01 00:00:00+00 BC',
      '294246-12-31 23:59:59.999999+00',
    ],
    ...['1900-01-01 00:00:00.000001+00'],
  ),
  column(
    'uuid',
    'uuid',
    'same',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ),
  column('json', 'json', 'same', '{"a": 1,  "a": 2}', '[]', 'null', '12345678901234567890.123', '"\\u0041"'),
  column('jsonb', 'json', 'same', '{"b": 1, "a": [1, null, "x"]}', 'null', '12345678901234567890.123'),
  column('mood', 'utf8', 'same', 'sad', 'very "happy"'),
  column('positive', 'int32', 'same', '1', '2147483647'),
];

/** Types that are kept as the server's exact text. */
export const textColumns: readonly TestColumn[] = [
  column('integer[]', 'utf8', 'same', '{}', '{1,NULL,3}', '{{1,2},{3,4}}', '[0:1]={5,6}'),
  column('text[]', 'utf8', 'same', '{"a,b","c\\"d",NULL,"NULL",""}'),
  column(
    'interval',
    'utf8',
    'same',
    '1 year 2 months 3 days 04:05:06.789',
    '-1 mon +2 days -00:00:00.000001',
    '178000000 years',
  ),
  column('timetz', 'utf8', 'same', '24:00:00-15:59', '00:00:00+00', '12:00:00.5+05:30'),
  column('money', 'utf8', 'same', '-92233720368547758.08', '0'),
  column('inet', 'utf8', 'same', '192.168.1.5', '192.168.1.0/24', '::1'),
  column('cidr', 'utf8', 'same', '10.0.0.0/8'),
  column('macaddr', 'utf8', 'same', '08:00:2b:01:02:03'),
  column('bit(3)', 'utf8', 'same', '101'),
  column('varbit', 'utf8', 'same', '', '10101'),
  column('xml', 'utf8', 'same', '<a b="1">x</a>'),
  column('tsvector', 'utf8', 'same', "'a':1 'cat':2A", ''),
  column('point', 'utf8', 'same', '(1.5,-2)'),
  column('int4range', 'utf8', 'same', '[1,10)', 'empty', '(,5)'),
  column('int4multirange', 'utf8', 'same', '{[1,3),[5,7)}', '{}'),
  column('"char"', 'utf8', 'same', 'a', ''),
  column('oid', 'utf8', 'same', '4294967295', '0'),
  column('regclass', 'utf8', 'same', 'pg_class'),
  column('pg_lsn', 'utf8', 'same', '16/B374D848'),
  column('pair', 'utf8', 'same', '(1,"a b")', '(,)', '(,"")'),
];

/** Types that the columns above need. */
export const preamble = `CREATE TYPE mood AS ENUM ('sad', 'very "happy"');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE TYPE pair AS (a int, b text);`;

/** The server's text → the readers' canonical text. */
export function canonical(kind: Kind, text: string): string {
  switch (kind) {
    case 'same':
      return text;
    case 'bool':
      return text === 't' ? 'true' : 'false';
    case 'float4':
      return floatText(Math.fround(Number(text)), 32);
    case 'float8':
      return floatText(Number(text), 64);
    case 'bytea':
      return text.replace(/^\\x/, '');
    case 'date':
      return day(text);
    case 'time':
      return text;
    case 'timestamp':
      return moment(text, '');
    case 'timestamptz':
      return moment(text, 'Z');
  }
}

function moment(text: string, zone: string): string {
  const [, date, clock, era] = /^(\S+) ([\d:.]+)(?:\+00)?( BC)?$/.exec(text)!;
  return `${day(date + (era ?? ''))}T${clock}${zone}`;
}

/** `0044-03-15 BC` is the year −43 of ISO 8601. */
function day(text: string): string {
  const [, year, rest, era] = /^(\d+)(-\d\d-\d\d)( BC)?$/.exec(text)!;
  const number = era ? 1 - Number(year) : Number(year);
  // The form of years outside 0 to 9999 is taken from 1 January of that year, whose day number is plain arithmetic.
  const before = number - 1;
  const days = BigInt(
    before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162,
  );
  return dateText(days).replace(/-01-01$/, rest);
}
