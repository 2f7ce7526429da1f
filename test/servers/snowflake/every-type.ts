// A row of every type: as it is given to the stand-in, and as the drivers get it.

export const columns = [
  { name: 'N', type: 'NUMBER(38,9)', nullable: false },
  ...[
    'FLOAT',
    'VARCHAR(20)',
    'BOOLEAN',
    'BINARY',
    'DATE',
    'TIME(9)',
    'TIMESTAMP_NTZ(9)',
    'TIMESTAMP_NTZ(3)',
    'TIMESTAMP_LTZ(6)',
  ].map((type, i) => ({ name: `C${i}`, type })),
  ...['TIMESTAMP_TZ(9)', 'VARIANT', 'OBJECT', 'ARRAY', 'MAP', 'GEOGRAPHY', 'VECTOR(FLOAT, 2)', 'DECFLOAT'].map(
    (type, i) => ({ name: `D${i}`, type }),
  ),
];
export const values = [
  ...['-12345678901234567890123456789.123456789', '0.1', 'it\'s "ü"', true, '00ff', '0001-01-01', '12:34:56.123456789'],
  ...['9999-12-31 23:59:59.999999999', '1969-12-31 23:59:58.500', '0001-01-01 00:00:00.000001'],
  ...[
    '2024-01-31 12:34:56.123456789 +05:30',
    'null',
    '{"a":1}',
    '[1,null]',
    '{"k":1}',
    '{"type":"Point","coordinates":[1,2]}',
    '[1.0,2.0]',
    '1e100',
  ],
];
export const wire = [
  ...['-12345678901234567890123456789.123456789', '0.1', 'it\'s "ü"', '1', '00FF', '-719162', '45296.123456789'],
  ...[
    '253402300799.999999999',
    '-1.500',
    '-62135596799.999999',
    '1706684696.123456789 1770',
    'null',
    '{"a":1}',
    '[1,null]',
    '{"k":1}',
  ],
  ...['{"type":"Point","coordinates":[1,2]}', '[1.0,2.0]', '1e100'],
];
export const types = [
  ...[
    'fixed',
    'real',
    'text',
    'boolean',
    'binary',
    'date',
    'time',
    'timestamp_ntz',
    'timestamp_ntz',
    'timestamp_ltz',
    'timestamp_tz',
  ],
  ...['variant', 'object', 'array', 'map', 'geography', 'vector', 'decfloat'],
];
