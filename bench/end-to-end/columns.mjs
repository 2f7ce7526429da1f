// A checksum per column that PostgreSQL and DuckDB compute to the same number, whatever order and representation rows came in.
// Each column gives two: `c_N`, how many values are not NULL, and `s_N`, a sum over them. Text: 32 bits of md5, without blanks at
// the end (readers differ on whether char(n) has them); decimals that a contender made doubles count rounded to the column's scale.

const kinds = [
  {
    types: /^(smallint|integer|bigint)$/,
    server: (c) => `sum(${c}::numeric)`,
    duckdb: (c) => `sum(CAST(${c} AS HUGEINT))`,
  },
  {
    types: /^numeric\(\d+,(\d+)\)$/,
    server: (c) => `sum(${c})`,
    duckdb: (c, [, scale]) => `sum(CAST(${c} AS DECIMAL(38,${scale})))`,
  },
  {
    // The workloads' doubles are multiples of 1/64.
    types: /^double precision$/,
    server: (c) => `sum(${c}::numeric)`,
    duckdb: (c) => `sum(CAST(${c} AS DECIMAL(38,6)))`,
  },
  {
    types: /^(text|character.*)$/,
    server: (c) => `sum(('x' || left(md5(rtrim(${c})), 8))::bit(32)::bigint)`,
    duckdb: (c) => `sum(CAST('0x' || left(md5(rtrim(${c})), 8) AS BIGINT))`,
  },
  {
    types: /^date$/,
    server: (c) => `sum(${c} - date '1970-01-01')`,
    duckdb: (c) => `sum(date_diff('day', DATE '1970-01-01', CAST(${c} AS DATE)))`,
  },
  {
    types: /^timestamp(\(\d\))? without time zone$/,
    server: (c) => `sum((extract(epoch FROM ${c}) * 1000000)::numeric)`,
    duckdb: (c) => `sum(epoch_us(CAST(${c} AS TIMESTAMP)))`,
  },
  {
    types: /^timestamp(\(\d\))? with time zone$/,
    server: (c) => `sum((extract(epoch FROM ${c}) * 1000000)::numeric)`,
    duckdb: (c) => `sum(epoch_us(CAST(${c} AS TIMESTAMPTZ)))`,
  },
  {
    types: /^boolean$/,
    server: (c) => `sum(${c}::int)`,
    duckdb: (c) => `sum(CAST(CAST(${c} AS BOOLEAN) AS INT))`,
  },
];

function kindOf({ name, type }) {
  const kind = kinds.find(({ types }) => types.test(type));
  if (!kind) throw new Error(`column ${name}: no checksum for ${type}`);
  return kind;
}

export function serverChecksum(column, index) {
  const name = `"${column.name}"`;
  return [`count(${name}) AS c_${index}`, `(${kindOf(column).server(name)})::text AS s_${index}`];
}

export function duckdbChecksum(column, index) {
  const name = `"${column.name}"`;
  const kind = kindOf(column);
  const sum = kind.duckdb(name, kind.types.exec(column.type));
  return [`count(${name}) AS c_${index}`, `CAST(${sum} AS VARCHAR) AS s_${index}`];
}

/** Sums as both write them, without zeros at the end of a fraction. */
export function canonicalSum(text) {
  if (text === null || text === undefined) return 'NULL';
  return String(text).includes('.') ? String(text).replace(/\.?0+$/, '') : String(text);
}
