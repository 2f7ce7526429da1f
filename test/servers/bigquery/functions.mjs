// GoogleSQL's functions: those that DuckDB has under the same name and with the same arguments, and those with another name or a macro.

const same = `
  ABS ANY_VALUE APPROX_COUNT_DISTINCT ARRAY_AGG AVG CEIL COALESCE CONCAT COUNT DENSE_RANK ENDS_WITH EXTRACT FIRST_VALUE FLOOR FROM_BASE64 GREATEST
  IF IFNULL LAG LAST_VALUE LEAD LEAST LENGTH LOWER LPAD LTRIM MAX MIN MOD NTILE NULLIF POW RANK REPEAT REPLACE REVERSE ROUND ROW_NUMBER RPAD RTRIM
  SIGN SQRT STARTS_WITH STDDEV STRING_AGG SUBSTR SUM TO_BASE64 TRIM TRUNC UNNEST UPPER VARIANCE`;

const renamed = {
  ...{
    ARRAY_LENGTH: 'len',
    BYTE_LENGTH: 'strlen',
    CHAR_LENGTH: 'length',
    COUNTIF: 'count_if',
    CURRENT_TIMESTAMP: 'now',
  },
  ...{ GENERATE_UUID: 'uuid', IS_INF: 'isinf', IS_NAN: 'isnan', LOGICAL_AND: 'bool_and', LOGICAL_OR: 'bool_or' },
  ...{
    RAND: 'random',
    STRUCT: 'struct_pack',
    SAFE_CAST: 'TRY_CAST',
    CAST: 'CAST',
    TIMESTAMP_MICROS: 'make_timestamptz',
    UNIX_MICROS: 'epoch_us',
  },
};

const macroOf = {
  CURRENT_DATE: '() as current_date',
  DATE: '(a) as cast(a as date)',
  DATETIME: '(a) as cast(a as timestamp)',
  TIMESTAMP: '(a) as cast(a as timestamptz)',
  DATE_ADD: '(a, b) as cast(a + b as date)',
  DATE_SUB: '(a, b) as cast(a - b as date)',
  DATETIME_ADD: '(a, b) as a + b',
  DATETIME_SUB: '(a, b) as a - b',
  TIMESTAMP_ADD: '(a, b) as a + b',
  TIMESTAMP_SUB: '(a, b) as a - b',
  TIMESTAMP_MILLIS: '(a) as make_timestamptz(a * 1000)',
  TIMESTAMP_SECONDS: '(a) as make_timestamptz(a * 1000000)',
  UNIX_SECONDS: '(a) as epoch_us(a) // 1000000',
  UNIX_MILLIS: '(a) as epoch_us(a) // 1000',
  DIV: '(a, b) as a // b',
  SAFE_DIVIDE: '(a, b) as case when b = 0 then null else a / b end',
  GENERATE_ARRAY: '(a, b) as generate_series(a, b)',
  MD5: '(a) as unhex(md5(a))',
  SHA256: '(a) as unhex(sha256(a))',
  TO_HEX: '(a) as lower(hex(a))',
  TO_JSON_STRING: '(a) as cast(to_json(a) as varchar)',
  ST_ASTEXT: '(a) as a',
  ST_GEOGFROMTEXT: '(a) as a',
  RANGE_START: `(a) as struct_extract(a, 'start')`,
  RANGE_END: `(a) as struct_extract(a, 'end')`,
};

/** A CAST to STRING: decimals have no zeros at their end. */
const textMacro = `bq_text(a) as case when typeof(a) like 'DECIMAL%' and contains(cast(a as varchar), '.')
  then rtrim(rtrim(cast(a as varchar), '0'), '.') else cast(a as varchar) end`;

export const macros = [...Object.entries(macroOf).map(([name, text]) => `bq_${name.toLowerCase()}${text}`), textMacro];

/** DuckDB's name for each function that is known. */
export const functions = new Map([
  ...same
    .trim()
    .split(/\s+/)
    .map((name) => [name, name.toLowerCase()]),
  ...Object.entries(renamed),
  ...Object.keys(macroOf).map((name) => [name, `bq_${name.toLowerCase()}`]),
]);
