// Snowflake's types, and how DuckDB keeps them. DuckDB's results lose type aliases and keep the names of struct fields, so what DuckDB has no type for is
// a struct whose field says the type:
// - TIMESTAMP_NTZ(s), _LTZ(s), _TZ(s): STRUCT(t HUGEINT, o INTERVAL, ntz<s> BOOLEAN), t in nanoseconds since 1970, o the offset (see macros.mjs: all of
//   them compare as equal), the last field always NULL. So structs of different scales compare by t alone, whatever fields DuckDB unites them to;
// - TIME(s): STRUCT(t HUGEINT, time<s> BOOLEAN), nanoseconds since midnight;
// - VARIANT, OBJECT, ARRAY, MAP, GEOGRAPHY, GEOMETRY, VECTOR, DECFLOAT: STRUCT(variant VARCHAR) and so on; a vector's field is "vector FLOAT 3".
import { compilation, Refusal } from './refusal.mjs';

export const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text) => `'${String(text).replaceAll("'", "''")}'`;

const names = {
  ...{ NUMBER: 'NUMBER', DECIMAL: 'NUMBER', NUMERIC: 'NUMBER', INT: 'NUMBER', INTEGER: 'NUMBER', BIGINT: 'NUMBER' },
  ...{ SMALLINT: 'NUMBER', TINYINT: 'NUMBER', BYTEINT: 'NUMBER', FLOAT: 'FLOAT', DOUBLE: 'FLOAT', REAL: 'FLOAT' },
  ...{ FLOAT4: 'FLOAT', FLOAT8: 'FLOAT', TEXT: 'TEXT', VARCHAR: 'TEXT', STRING: 'TEXT', CHAR: 'TEXT' },
  ...{ BOOLEAN: 'BOOLEAN', BINARY: 'BINARY', VARBINARY: 'BINARY', DATE: 'DATE', TIME: 'TIME' },
  ...{ TIMESTAMP: 'TIMESTAMP_NTZ', DATETIME: 'TIMESTAMP_NTZ', TIMESTAMP_NTZ: 'TIMESTAMP_NTZ' },
  ...{ TIMESTAMP_LTZ: 'TIMESTAMP_LTZ', TIMESTAMP_TZ: 'TIMESTAMP_TZ', VARIANT: 'VARIANT', OBJECT: 'OBJECT' },
  ...{ ARRAY: 'ARRAY', MAP: 'MAP', GEOGRAPHY: 'GEOGRAPHY', GEOMETRY: 'GEOMETRY', VECTOR: 'VECTOR' },
  DECFLOAT: 'DECFLOAT',
};
const integers = new Set(['INT', 'INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT']);
const maxText = 16_777_216;
const maxBinary = 8_388_608;
/** The word of a type in its struct's field. */
export const kinds = { TIMESTAMP_NTZ: 'ntz', TIMESTAMP_LTZ: 'ltz', TIMESTAMP_TZ: 'tz', TIME: 'time' };
const typeOfKind = Object.fromEntries(Object.entries(kinds).map(([type, kind]) => [kind, type]));
const texts = ['VARIANT', 'OBJECT', 'ARRAY', 'MAP', 'GEOGRAPHY', 'GEOMETRY', 'VECTOR', 'DECFLOAT'];

function sizesOf(type, { given, numbers, isInteger }) {
  const [first, second] = numbers;
  if (type === 'NUMBER')
    return { precision: given.precision ?? (isInteger ? 38 : (first ?? 38)), scale: given.scale ?? second ?? 0 };
  if (type === 'TEXT') return { length: given.length ?? first ?? maxText };
  if (type === 'BINARY') return { length: given.length ?? first ?? maxBinary };
  return kinds[type] === undefined ? {} : { scale: given.scale ?? first ?? 9 };
}

/** A type as Snowflake writes it, `NUMBER(38,9)` or `VECTOR(FLOAT, 3)`, or a name with precision and so on beside it. */
export function normalize(given) {
  const [, word = '', inner] = /^\s*(\w+)\s*(?:\(([^]*)\))?\s*$/.exec(given.type) ?? [];
  const type = names[word.toUpperCase()];
  if (type === undefined) throw compilation(`Unsupported data type '${given.type}'.`);
  const words = inner?.split(',').map((one) => one.trim()) ?? [];
  const field = { name: given.name, type, nullable: given.nullable ?? true };
  if (type === 'VECTOR')
    return { ...field, element: given.element ?? words[0], dimension: given.dimension ?? Number(words[1]) };
  const isInteger = integers.has(word.toUpperCase());
  return { ...field, ...sizesOf(type, { given, numbers: words.map(Number), isInteger }) };
}

/** The DuckDB type that keeps a field. */
export function duckType(field) {
  const plain = { FLOAT: 'DOUBLE', TEXT: 'VARCHAR', BOOLEAN: 'BOOLEAN', BINARY: 'BLOB', DATE: 'DATE' }[field.type];
  if (plain !== undefined) return plain;
  if (field.type === 'NUMBER') return `DECIMAL(${field.precision},${field.scale})`;
  if (field.type === 'TIME') return `STRUCT(t HUGEINT, time${field.scale} BOOLEAN)`;
  const kind = kinds[field.type];
  if (kind !== undefined) return `STRUCT(t HUGEINT, o INTERVAL, ${kind}${field.scale} BOOLEAN)`;
  return `STRUCT(${quoteName(structName(field))} VARCHAR)`;
}

const structName = (field) =>
  field.type === 'VECTOR' ? `vector ${field.element} ${field.dimension}` : field.type.toLowerCase();

function structField(name, entries) {
  const scales = entries.flatMap((one) => {
    const found = /^(ntz|ltz|tz|time)(\d)$/.exec(one);
    return found === null ? [] : [{ name, type: typeOfKind[found[1]], scale: Number(found[2]), nullable: true }];
  });
  // What was united of several scales has the finest.
  if (scales.length > 0) return scales.sort((a, b) => b.scale - a.scale)[0];
  const [word, element, dimension] = entries[0].split(' ');
  if (word === 'vector') return { name, type: 'VECTOR', element, dimension: Number(dimension), nullable: true };
  const type = word.toUpperCase();
  if (texts.includes(type)) return { name, type, nullable: true };
  throw compilation(`the stand-in has no type for ${entries.join()}`);
}

/** A result column's field, by DuckDB's type. */
export function fieldOf(name, type) {
  if (type.entryNames !== undefined) return structField(name, type.entryNames);
  if (type.scale !== undefined && type.width !== undefined)
    return { name, type: 'NUMBER', precision: type.width, scale: type.scale, nullable: true };
  const text = String(type);
  if (/^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(text))
    return { name, type: 'NUMBER', precision: 38, scale: 0, nullable: true };
  if (text === 'DOUBLE' || text === 'FLOAT') return { name, type: 'FLOAT', nullable: true };
  if (text === 'BLOB') return { name, type: 'BINARY', length: maxBinary, nullable: true };
  if (text === 'BOOLEAN' || text === 'DATE') return { name, type: text, nullable: true };
  if (text === 'VARCHAR' || text === '"NULL"' || text === 'JSON')
    return { name, type: 'TEXT', length: maxText, nullable: true };
  throw compilation(`the stand-in has no type for ${text}`);
}

const wireNames = {
  ...Object.fromEntries(Object.values(names).map((one) => [one, one.toLowerCase()])),
  NUMBER: 'fixed',
  FLOAT: 'real',
};

/** A column of a result as both protocols describe it. */
export function wireColumn(field, place = {}) {
  const column = {
    ...{ name: field.name, database: '', schema: '', table: '', ...place, nullable: field.nullable },
    ...{ type: wireNames[field.type], precision: null, scale: null, length: null, byteLength: null, collation: null },
  };
  if (field.type === 'NUMBER') Object.assign(column, { precision: field.precision, scale: field.scale });
  if (field.type === 'TEXT')
    Object.assign(column, { length: field.length, byteLength: Math.min(field.length * 4, maxText) });
  if (field.type === 'BINARY') Object.assign(column, { length: field.length, byteLength: field.length });
  if (kinds[field.type] !== undefined) Object.assign(column, { precision: 0, scale: field.scale });
  if (field.type === 'VECTOR') {
    const element = field.element.toUpperCase() === 'INT' ? 'fixed' : 'real';
    Object.assign(column, { vectorDimension: field.dimension, fields: [{ name: '', type: element, nullable: false }] });
  }
  return column;
}

/** By digits: dividing numbers of 128 bits is slow. */
function secondsSql(n, scale) {
  const digits = `(case when abs(${n}) < 1000000000 then lpad(abs(${n})::VARCHAR, 10, '0') else abs(${n})::VARCHAR end)`;
  const fraction = scale === 0 ? '' : ` || '.' || left(right(${digits}, 9), ${scale})`;
  return `(case when ${n} < 0 then '-' else '' end || left(${digits}, -9)${fraction})`;
}

/** DuckDB's SQL of a cell's text on the wire. @param {'driver' | 'api'} road */
export function cellSql(field, road) {
  const x = quoteName(field.name);
  const n = `struct_extract(${x}, 't')`;
  switch (field.type) {
    case 'NUMBER':
    case 'TEXT':
      return `${x}::VARCHAR`;
    case 'FLOAT':
      return `sf_real(${x})`;
    case 'BOOLEAN':
      return road === 'driver' ? `(${x}::INTEGER)::VARCHAR` : `${x}::VARCHAR`;
    case 'BINARY':
      return `hex(${x})`;
    case 'DATE':
      return `(${x} - DATE '1970-01-01')::VARCHAR`;
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
      return secondsSql(n, field.scale);
    case 'TIMESTAMP_TZ':
      return `(${secondsSql(n, field.scale)} || ' ' || (sf_minutes(struct_extract(${x}, 'o')) + 1440)::VARCHAR)`;
    default:
      return `struct_extract_at(${x}, 1)`;
  }
}

/** Nanoseconds since 1970 of `2024-01-31 12:34:56.123456789 +05:30` (its instant), and the offset in minutes. */
export function instantOf(text) {
  const found =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?$/.exec(text);
  if (found === null) throw new Refusal('100035', '22007', `Timestamp '${text}' is not recognized`);
  const [, day, clock = '00:00:00', fraction = '', , sign, hours, minutes] = found;
  const offset = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const millis = new Date(`${day}T${clock.length === 5 ? `${clock}:00` : clock}Z`).getTime() - offset * 60_000;
  if (Number.isNaN(millis)) throw new Refusal('100035', '22007', `Timestamp '${text}' is not recognized`);
  return { nanos: BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0')), offset };
}

function nanosOfDay(text) {
  const [, h, m, s = '0', fraction = ''] = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/.exec(text) ?? [];
  if (h === undefined) throw new Refusal('100108', '22007', `Time '${text}' is not recognized`);
  return BigInt((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** A value of the admin API, in its friendly text, as DuckDB's SQL. */
export function literal(field, value) {
  if (value === null || value === undefined) return 'NULL';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  switch (field.type) {
    case 'NUMBER':
    case 'FLOAT':
    case 'DATE':
      return `CAST(${quoteText(text)} AS ${duckType(field)})`;
    case 'BOOLEAN':
      return text;
    case 'TEXT':
      return quoteText(text);
    case 'BINARY':
      return `unhex(${quoteText(text)})`;
    case 'TIME':
      return `sf_time${field.scale}n(${nanosOfDay(text)})`;
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
      return `sf_${kinds[field.type]}${field.scale}n(${instantOf(text).nanos})`;
    case 'TIMESTAMP_TZ': {
      const { nanos, offset } = instantOf(text);
      return `sf_tz${field.scale}n(${nanos}, ${offset})`;
    }
    default:
      return `{${quoteName(structName(field))}: ${quoteText(text)}}`;
  }
}
