// What is put into PostgreSQL: a table for each specimen, a row for each value. `values` are SQL literals, cast to `type`; `means` says
// how texts and what a file holds become comparable (`canonical.py`). A value that few can take has a table of its own, so that it
// does not hide what becomes of the others.

const scalars = [
  { name: 'bool', type: 'bool', means: 'bool', values: ['true', 'false'] },
  { name: 'int2', type: 'int2', means: 'int', values: ['-32768', '32767'] },
  { name: 'int4', type: 'int4', means: 'int', values: ['-2147483648', '2147483647'] },
  {
    ...{ name: 'int8', type: 'int8', means: 'int' },
    values: ['-9223372036854775808', '9223372036854775807', '9007199254740993', '-9007199254740993'],
  },
  {
    ...{ name: 'float4', type: 'float4', means: 'float32' },
    values: ['-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '3.4028235e38', '0.1', '16777217'],
  },
  {
    ...{ name: 'float8', type: 'float8', means: 'float64' },
    values: ['-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '1.7976931348623157e308', '0.1'],
  },
  { name: 'oid', type: 'oid', means: 'int', values: ['0', '4294967295'] },
  { name: 'money', type: 'money', means: 'decimal', values: ['-92233720368547758.08', '1234.56'] },
  { name: 'uuid', type: 'uuid', means: 'uuid', values: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
];

const numerics = [
  { name: 'numeric(15,2)', type: 'numeric(15,2)', means: 'decimal', values: ['9999999999999.99', '0.10', '-0.01'] },
  {
    ...{ name: 'numeric(38,10)', type: 'numeric(38,10)', means: 'decimal' },
    values: ['9999999999999999999999999999.9999999999', '0.0000000001', '-1.5'],
  },
  {
    ...{ name: 'numeric(50,20)', type: 'numeric(50,20)', means: 'decimal' },
    values: ['999999999999999999999999999999.99999999999999999999', '0.00000000000000000001'],
  },
  { name: 'numeric(5,-2)', type: 'numeric(5,-2)', means: 'decimal', values: ['1234567', '-1200'] },
  { name: 'numeric(3,5)', type: 'numeric(3,5)', means: 'decimal', values: ['0.00999', '-0.00001'] },
  {
    ...{ name: 'numeric, unbounded', type: 'numeric', means: 'decimal' },
    values: ['1.5', '123456789012345678901234567890', '0.123456789012345678'],
  },
  { name: 'numeric, 1e-130', type: 'numeric', means: 'decimal', values: ['1e-130'] },
  { name: 'numeric, 60 digits', type: 'numeric', means: 'decimal', values: [`${'123456789'.repeat(6)}123.456`] },
  { name: 'numeric, NaN', type: 'numeric', means: 'decimal', values: ['NaN', '1'] },
  { name: 'numeric, infinite', type: 'numeric', means: 'decimal', values: ['Infinity', '-Infinity'] },
  { name: 'numeric(15,2), NaN', type: 'numeric(15,2)', means: 'decimal', values: ['NaN', '1'] },
];

const texts = [
  { name: 'text', type: 'text', means: 'text', values: ['', ' ', '𝄞😀é', 'NULL', 'a\tb\\n"c'] },
  { name: 'varchar(10)', type: 'varchar(10)', means: 'text', values: ['', 'ab '] },
  { name: 'char(5)', type: 'char(5)', means: 'padded', values: ['ab', ''], note: 'padded with spaces' },
  { name: '"char"', type: '"char"', means: 'text', values: ['x'] },
  { name: 'bytea', type: 'bytea', means: 'bytes', values: ['', '\\x00ff5c', '\\x616263'] },
  { name: 'xml', type: 'xml', means: 'text', values: ['<a b="1">é</a>'] },
  {
    ...{ name: 'json', type: 'json', means: 'json', note: 'repeated keys, long numbers' },
    values: ['{"a": 1, "a": 2}', '{"n": 12345678901234567890.123456789}', '[1, null, "é"]', '"x"'],
  },
  {
    ...{ name: 'jsonb', type: 'jsonb', means: 'json', note: 'long numbers' },
    values: ['{"n": 12345678901234567890.123456789}', '{"b": 9007199254740993}', '[1, null]'],
  },
  { name: 'json, null', type: 'json', means: 'json', values: ['null'], note: 'JSON’s null is not SQL’s' },
  { name: 'enum', type: 'mood', means: 'text', values: ['happy', 'sad, and 😀'] },
  { name: 'domain over int', type: 'positive', means: 'int', values: ['1', '2147483647'] },
  { name: 'domain over numeric(20,4)', type: 'price', means: 'decimal', values: ['9999999999999999.9999'] },
];

const times = [
  { name: 'date', type: 'date', means: 'date', values: ['2024-02-29', '1969-12-31', '0001-01-01'] },
  { name: 'date, BC', type: 'date', means: 'date', values: ['0044-03-15 BC', '4713-01-01 BC'] },
  { name: 'date, 5874897', type: 'date', means: 'date', values: ['5874897-12-31'] },
  { name: 'date, infinite', type: 'date', means: 'date', values: ['infinity', '-infinity'] },
  { name: 'time', type: 'time', means: 'time', values: ['00:00:00', '23:59:59.999999'] },
  { name: 'time, 24:00', type: 'time', means: 'time', values: ['24:00:00'] },
  { name: 'timetz', type: 'timetz', means: 'timetz', values: ['12:00:00+05:30', '23:59:59.999999-08'] },
  {
    ...{ name: 'timestamp', type: 'timestamp', means: 'timestamp' },
    values: ['2024-03-10 02:30:00.123456', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00'],
  },
  { name: 'timestamp, BC', type: 'timestamp', means: 'timestamp', values: ['4713-01-01 00:00:00 BC'] },
  { name: 'timestamp, 294246', type: 'timestamp', means: 'timestamp', values: ['294246-12-31 23:59:59.999999'] },
  { name: 'timestamp, infinite', type: 'timestamp', means: 'timestamp', values: ['infinity', '-infinity'] },
  {
    ...{ name: 'timestamptz', type: 'timestamptz', means: 'instant' },
    values: ['2024-11-03 05:30:00.123456+00', '2024-11-03 06:30:00+00', '1850-01-01 00:00:00+00'],
    note: 'the hour that New York has twice; local mean time',
  },
  { name: 'timestamptz, BC', type: 'timestamptz', means: 'instant', values: ['0044-03-15 12:00:00+00 BC'] },
  { name: 'timestamptz, 294246', type: 'timestamptz', means: 'instant', values: ['294246-12-31 12:00:00+00'] },
  { name: 'timestamptz, infinite', type: 'timestamptz', means: 'instant', values: ['infinity', '-infinity'] },
  {
    ...{ name: 'interval', type: 'interval', means: 'interval' },
    values: ['1 mon 2 days 03:00:00.000001', '-1 mon +30 days', '24:00:00', '178 years -00:00:01'],
  },
];

const nested = [
  { name: 'int[]', type: 'int[]', means: { array: 'int' }, values: ['{1,NULL,3}', '{-2147483648}'] },
  { name: 'int[], empty', type: 'int[]', means: { array: 'int' }, values: ['{}', '{1}'] },
  { name: 'int[][]', type: 'int[]', means: { array: 'int' }, values: ['{{1,2},{3,4}}'] },
  { name: 'int[], bound 0', type: 'int[]', means: { array: 'int' }, values: ['[0:1]={1,2}'] },
  { name: 'int8[]', type: 'int8[]', means: { array: 'int' }, values: ['{9007199254740993,NULL}'] },
  { name: 'text[]', type: 'text[]', means: { array: 'text' }, values: ['{"a,b","c\\"d","",NULL,"NULL"}'] },
  { name: 'numeric(10,2)[]', type: 'numeric(10,2)[]', means: { array: 'decimal' }, values: ['{0.10,99999999.99}'] },
  {
    ...{ name: 'timestamptz[]', type: 'timestamptz[]', means: { array: 'instant' } },
    values: ['{"2024-11-03 05:30:00.123456+00",NULL}'],
  },
  { name: 'uuid[]', type: 'uuid[]', means: { array: 'uuid' }, values: ['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'] },
  { name: 'composite', type: 'pair', means: { struct: ['int', 'text'] }, values: ['(1,"a b")', '(,"")', '(2,)'] },
  { name: 'int4range', type: 'int4range', means: { range: 'int' }, values: ['[1,5)', '[1,)', 'empty'] },
  { name: 'numrange', type: 'numrange', means: { range: 'decimal' }, values: ['(0.1,0.2]', '(,)'] },
  {
    ...{ name: 'tstzrange', type: 'tstzrange', means: { range: 'instant' } },
    values: ['["2024-11-03 05:30:00.123456+00","2024-11-03 06:30:00+00")'],
  },
  { name: 'int4multirange', type: 'int4multirange', means: { multirange: 'int' }, values: ['{[1,3),[5,7)}', '{}'] },
  { name: 'hstore', type: 'hstore', means: 'map', values: ['a=>1, b=>NULL', '"q\\"x"=>"", c=>"d,e"'] },
];

const others = [
  { name: 'bit(1)', type: 'bit(1)', means: 'bits', values: ['1', '0'] },
  { name: 'bit(10)', type: 'bit(10)', means: 'bits', values: ['0000000101', '1111111111'] },
  { name: 'varbit', type: 'varbit', means: 'varbits', values: ['001', '1', ''] },
  { name: 'inet', type: 'inet', means: 'shown', values: ['192.168.0.1/24', '::1', '10.0.0.1'] },
  { name: 'cidr', type: 'cidr', means: 'shown', values: ['10.0.0.0/8', '2001:db8::/32'] },
  { name: 'macaddr', type: 'macaddr', means: 'shown', values: ['08:00:2b:01:02:03'] },
  { name: 'tsvector', type: 'tsvector', means: 'shown', values: [`'a':1A 'fat':2`] },
  { name: 'point', type: 'point', means: { point: 'float64' }, values: ['(0.1,-2)'] },
];

export const postgres = {
  before: [
    `CREATE TYPE mood AS ENUM ('happy', 'sad, and 😀')`,
    'CREATE DOMAIN positive AS int CHECK (VALUE > 0)',
    'CREATE DOMAIN price AS numeric(20,4)',
    'CREATE TYPE pair AS (a int, b text)',
    'CREATE EXTENSION hstore',
  ],
  specimens: [...scalars, ...numerics, ...texts, ...times, ...nested, ...others],
};
