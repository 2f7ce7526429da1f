// Snowflake's functions: those that DuckDB has under the same name, those with another name or a macro. What a session answers is in sql.mjs.

const same = `
  ABS ANY_VALUE AVG CEIL COALESCE CONCAT COUNT COUNT_IF DENSE_RANK EXTRACT FIRST_VALUE FLOOR GREATEST LAG LAST_VALUE LEAD LEAST LENGTH LOWER LPAD LTRIM
  MAX MEDIAN MIN MOD NTILE NULLIF RANK REPEAT REPLACE ROUND ROW_NUMBER RPAD RTRIM SIGN SQRT SUBSTR SUBSTRING SUM TRIM UPPER YEAR MONTH DAY`;

const macroOf = {
  IFF: '(c, a, b) as case when c then a else b end',
  NVL: '(a, b) as coalesce(a, b)',
  IFNULL: '(a, b) as coalesce(a, b)',
  NVL2: '(a, b, c) as case when a is not null then b else c end',
  EQUAL_NULL: '(a, b) as a is not distinct from b',
  TO_VARCHAR: '(a) as sf_text(a), (a, f) as sf_format(a, f)',
  TO_TIMESTAMP_NTZ: '(a) as sf_as_ntz9(a), (a, s) as sf_as_ntz9(sf_scaled(a, s))',
  TO_TIMESTAMP_LTZ: '(a) as sf_as_ltz9(a), (a, s) as sf_as_ltz9(sf_scaled(a, s))',
  TO_TIMESTAMP_TZ: '(a) as sf_as_tz9(a), (a, s) as sf_as_tz9(sf_scaled(a, s))',
  TO_DATE: '(a) as sf_as_date(a)',
  TO_TIME: '(a) as sf_as_time9(a)',
  TO_NUMBER: '(a) as cast(a as DECIMAL(38,0))',
  TO_DOUBLE: '(a) as cast(a as DOUBLE)',
  TO_BINARY: '(a) as unhex(a), (a, f) as unhex(a)',
  HEX_ENCODE: '(a) as hex(a)',
  PARSE_JSON: '(a) as sf_variant(cast(cast(a as JSON) as VARCHAR))',
  TO_VARIANT: '(a) as sf_variant(sf_json(a))',
  TO_JSON: '(a) as sf_compact(sf_json(a))',
  ST_ASGEOJSON: '(a) as sf_object(sf_text(a))',
  TO_GEOGRAPHY: '(a) as sf_geography(a)',
  CONVERT_TIMEZONE: '(z, a) as sf_in_utc(z, a)',
  ZEROIFNULL: '(a) as coalesce(a, 0)',
  SEQ4: '() as cast(row_number() over () - 1 as DECIMAL(38,0))',
  SEQ8: '() as cast(row_number() over () - 1 as DECIMAL(38,0))',
};

const renamed = {
  TO_CHAR: 'sf_to_varchar',
  TO_DECIMAL: 'sf_to_number',
  TO_NUMERIC: 'sf_to_number',
  TO_TIMESTAMP: 'sf_to_timestamp_ntz',
  LEN: 'length',
  LISTAGG: 'string_agg',
  POWER: 'pow',
  RANDOM: 'random',
};
const renamedToo = {
  CEILING: 'ceil',
  CHARINDEX: 'instr',
  STARTSWITH: 'starts_with',
  ENDSWITH: 'ends_with',
  HASH: 'hash',
  HASH_AGG: 'bit_xor(hash',
};

export const functionMacros = [
  `sf_scaled(a, s) as a::HUGEINT * (10 ** (9 - s))::HUGEINT`,
  `sf_in_utc(z, a) as case when z = 'UTC' then sf_tz9n(sf_nanos(typeof(a), a::VARCHAR), 0) else error('only UTC is known here') end`,
  `sf_span(u, n) as n::HUGEINT * case u when 'second' then 1000000000 when 'minute' then 60000000000 when 'hour' then 3600000000000 when 'day' then 86400000000000
    when 'week' then 604800000000000 when 'millisecond' then 1000000 when 'microsecond' then 1000 when 'nanosecond' then 1 else error('only units of fixed length are known here') end`,
  ...['ltz', 'ntz'].map(
    (kind) => `sf_dateadd_${kind}(u, n, x) as sf_${kind}9n(sf_nanos(typeof(x), x::VARCHAR) + sf_span(u, n))`,
  ),
  `sf_datediff(u, a, b) as (sf_nanos(typeof(b), b::VARCHAR) // sf_span(u, 1) - sf_nanos(typeof(a), a::VARCHAR) // sf_span(u, 1))::DECIMAL(38,0)`,
  ...Object.entries(macroOf).map(([name, text]) => `sf_${name.toLowerCase()}${text}`),
];

/** DuckDB's name for each function that is known. */
export const functions = new Map([
  ...same
    .trim()
    .split(/\s+/)
    .map((name) => [name, name.toLowerCase()]),
  ...Object.entries({ ...renamed, ...renamedToo }),
  ...Object.keys(macroOf).map((name) => [name, `sf_${name.toLowerCase()}`]),
]);
