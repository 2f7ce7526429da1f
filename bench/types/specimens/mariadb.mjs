// What is put into MariaDB, as in `postgres.mjs`. `values` are SQL expressions. `shown` is the expression whose text is the server's
// own word for the value (`?`), where the value by itself is not text or is shown shorter than it is.

const numbers = [
  { name: 'TINYINT(1)', type: 'TINYINT(1)', means: 'int', values: ['1', '0', '2', '-1'], note: 'MySQL’s BOOLEAN' },
  { name: 'TINYINT UNSIGNED', type: 'TINYINT UNSIGNED', means: 'int', values: ['0', '255'] },
  { name: 'SMALLINT', type: 'SMALLINT', means: 'int', values: ['-32768', '32767'] },
  { name: 'MEDIUMINT UNSIGNED', type: 'MEDIUMINT UNSIGNED', means: 'int', values: ['16777215'] },
  { name: 'INT', type: 'INT', means: 'int', values: ['-2147483648', '2147483647'] },
  { name: 'INT UNSIGNED', type: 'INT UNSIGNED', means: 'int', values: ['4294967295'] },
  { name: 'INT ZEROFILL', type: 'INT(8) ZEROFILL', means: 'int', values: ['42'], note: 'the number' },
  { name: 'BIGINT', type: 'BIGINT', means: 'int', values: ['-9223372036854775808', '9007199254740993'] },
  {
    name: 'BIGINT UNSIGNED',
    type: 'BIGINT UNSIGNED',
    means: 'int',
    values: ['18446744073709551615', '9007199254740993'],
  },
  {
    ...{ name: 'FLOAT', type: 'FLOAT', means: 'float32', shown: 'CAST(? AS DOUBLE)' },
    values: ['16777215', '0.1', '3.4028234e38', '1e-45'],
  },
  { name: 'DOUBLE', type: 'DOUBLE', means: 'float64', values: ['0.1', '1.7976931348623157e308', '5e-324', '-0e0'] },
  { name: 'DECIMAL(15,2)', type: 'DECIMAL(15,2)', means: 'decimal', values: ['9999999999999.99', '-0.01'] },
  {
    ...{ name: 'DECIMAL(38,10)', type: 'DECIMAL(38,10)', means: 'decimal' },
    values: ['9999999999999999999999999999.9999999999', '0.0000000001'],
  },
  {
    ...{ name: 'DECIMAL(65,30)', type: 'DECIMAL(65,30)', means: 'decimal' },
    values: ['99999999999999999999999999999999999.999999999999999999999999999999', '0.000000000000000000000000000001'],
  },
  { name: 'BIT(1)', type: 'BIT(1)', means: 'bits', shown: 'BIN(?)', values: [`b'1'`, `b'0'`] },
  { name: 'BIT(10)', type: 'BIT(10)', means: 'bits', shown: `LPAD(BIN(?), 10, '0')`, values: [`b'0000000101'`] },
  {
    ...{ name: 'BIT(64)', type: 'BIT(64)', means: 'bits', shown: `LPAD(BIN(?), 64, '0')` },
    values: [`b'${'1'.repeat(64)}'`, `b'${'01'.repeat(32)}'`],
  },
];

const times = [
  { name: 'DATE', type: 'DATE', means: 'date', values: [`'2024-02-29'`, `'1000-01-01'`, `'9999-12-31'`] },
  { name: 'DATE, zero', type: 'DATE', means: 'date', values: [`'0000-00-00'`] },
  { name: 'DATE, no month', type: 'DATE', means: 'date', values: [`'2200-00-08'`] },
  {
    ...{ name: 'DATETIME(6)', type: 'DATETIME(6)', means: 'timestamp' },
    values: [`'2024-03-10 02:30:00.123456'`, `'9999-12-31 23:59:59.999999'`, `'1000-01-01 00:00:00'`],
  },
  { name: 'DATETIME', type: 'DATETIME', means: 'timestamp', values: [`'2024-03-10 02:30:00'`] },
  { name: 'DATETIME, zero', type: 'DATETIME', means: 'timestamp', values: [`'0000-00-00 00:00:00'`] },
  {
    ...{ name: 'TIMESTAMP(6)', type: 'TIMESTAMP(6) NULL', means: 'instant' },
    values: [`'2024-11-03 05:30:00.123456'`, `'2024-11-03 06:30:00.000000'`],
  },
  { name: 'TIMESTAMP, zero', type: 'TIMESTAMP NULL', means: 'instant', values: [`'0000-00-00 00:00:00'`] },
  { name: 'TIME(6)', type: 'TIME(6)', means: 'time', values: [`'00:00:00'`, `'23:59:59.999999'`] },
  { name: 'TIME(6), spans', type: 'TIME(6)', means: 'time', values: [`'838:59:59.999999'`, `'-838:59:59.999999'`] },
  { name: 'YEAR', type: 'YEAR', means: 'int', values: ['1901', '2155', '0'] },
];

const texts = [
  {
    name: 'VARCHAR utf8mb4',
    type: 'VARCHAR(50) CHARACTER SET utf8mb4',
    means: 'text',
    values: [`''`, `'𝄞😀é'`, `'ab '`],
  },
  { name: 'VARCHAR utf8mb3', type: 'VARCHAR(50) CHARACTER SET utf8mb3', means: 'text', values: [`'é€'`] },
  { name: 'TEXT latin1', type: 'TEXT CHARACTER SET latin1', means: 'text', values: [`'é€'`] },
  { name: 'CHAR(5)', type: 'CHAR(5)', means: 'text', values: [`'ab'`, `''`] },
  { name: 'ENUM', type: `ENUM('a','b c','😀')`, means: 'text', values: [`'b c'`, `'😀'`] },
  { name: 'SET', type: `SET('a','b','c')`, means: 'text', values: [`'a,c'`, `''`] },
  {
    ...{ name: 'JSON', type: 'JSON', means: 'json', note: 'repeated keys, long numbers' },
    values: [`'{"a": 1, "a": 2}'`, `'{"n": 12345678901234567890.123456789}'`, `'[1, null, "é"]'`],
  },
  { name: 'BINARY(5)', type: 'BINARY(5)', means: 'bytes', shown: 'HEX(?)', values: [`'ab'`, `x'00ff000000'`] },
  { name: 'VARBINARY', type: 'VARBINARY(20)', means: 'bytes', shown: 'HEX(?)', values: [`''`, `x'00ff5c'`] },
  { name: 'BLOB', type: 'BLOB', means: 'bytes', shown: 'HEX(?)', values: [`x'00ff5c'`, `'abc'`] },
  { name: 'UUID', type: 'UUID', means: 'uuid', values: [`'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`] },
  { name: 'INET6', type: 'INET6', means: 'shown', values: [`'::1'`, `'2001:db8::ff'`] },
  {
    ...{ name: 'GEOMETRY', type: 'GEOMETRY', means: 'geometry', shown: 'HEX(ST_AsBinary(?))' },
    values: [`ST_GeomFromText('POINT(0.1 -2)')`],
    note: 'as WKB',
  },
];

export const mariadb = { before: [], specimens: [...numbers, ...times, ...texts] };
