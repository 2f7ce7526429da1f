// BigQuery's types: a table's schema is kept as BigQuery says it, since DuckDB's types do not tell JSON, GEOGRAPHY, BIGNUMERIC and STRING apart.
// Here: what DuckDB column stands for a field, how a value's text becomes a DuckDB literal, the text of REST answers, the bytes that are billed.

const canonical = {
  ...{
    INTEGER: 'INT64',
    FLOAT: 'FLOAT64',
    BOOLEAN: 'BOOL',
    STRUCT: 'RECORD',
    DECIMAL: 'NUMERIC',
    BIGDECIMAL: 'BIGNUMERIC',
  },
};
const legacy = { INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN' };

// BIGNUMERIC has 76 digits, DuckDB's DECIMAL 38: it is kept as text.
const duckTypes = {
  ...{ INT64: 'BIGINT', FLOAT64: 'DOUBLE', BOOL: 'BOOLEAN', STRING: 'VARCHAR', BYTES: 'BLOB', BIGNUMERIC: 'VARCHAR' },
  ...{ DATE: 'DATE', DATETIME: 'TIMESTAMP', TIMESTAMP: 'TIMESTAMPTZ', TIME: 'TIME', JSON: 'VARCHAR' },
  ...{ GEOGRAPHY: 'VARCHAR', INTERVAL: 'INTERVAL' },
};
const fixedBytes = {
  ...{ INT64: 8, FLOAT64: 8, BOOL: 1, NUMERIC: 16, BIGNUMERIC: 32, DATE: 8, DATETIME: 8, TIMESTAMP: 8, TIME: 8 },
  ...{ INTERVAL: 16, RANGE: 16 },
};

/** A field with canonical type names, a mode, and precision and scale as numbers. */
export function normalize(field) {
  const type = canonical[field.type.toUpperCase()] ?? field.type.toUpperCase();
  const out = { name: field.name, type, mode: (field.mode ?? 'NULLABLE').toUpperCase() };
  if (field.description !== undefined) out.description = field.description;
  if (field.precision !== undefined)
    Object.assign(out, { precision: Number(field.precision), scale: Number(field.scale ?? 0) });
  if (field.maxLength !== undefined) out.maxLength = Number(field.maxLength);
  if (type === 'RECORD') out.fields = field.fields.map(normalize);
  if (type === 'RANGE')
    out.rangeElementType = { type: (field.rangeElementType?.type ?? field.rangeElementType).toUpperCase() };
  if (duckTypes[type] === undefined && !['NUMERIC', 'RECORD', 'RANGE'].includes(type))
    throw new Error(`Invalid type ${type}`);
  return out;
}

/** A field as REST answers tell it: legacy names, numbers as strings. */
export function restField({ precision, scale, maxLength, fields, ...field }) {
  return {
    ...field,
    type: legacy[field.type] ?? field.type,
    ...(precision !== undefined && { precision: String(precision), scale: String(scale) }),
    ...(maxLength !== undefined && { maxLength: String(maxLength) }),
    ...(fields !== undefined && { fields: fields.map(restField) }),
  };
}

export const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text) => `'${text.replaceAll("'", "''")}'`;
export const element = (field) => ({ ...field, mode: 'NULLABLE' });
export const rangeEnds = (field) =>
  ['start', 'end'].map((name) => ({ name, type: field.rangeElementType.type, mode: 'NULLABLE' }));

export function duckType(field) {
  if (field.mode === 'REPEATED') return `${duckType(element(field))}[]`;
  if (field.type === 'NUMERIC') return `DECIMAL(38,${field.scale ?? 9})`;
  const parts = field.type === 'RANGE' ? rangeEnds(field) : field.fields;
  if (parts !== undefined) return `STRUCT(${parts.map((one) => `${quoteName(one.name)} ${duckType(one)}`).join(', ')})`;
  return duckTypes[field.type];
}

/** Microseconds since 1970 of a DATE, DATETIME or TIMESTAMP in text; a time without a zone is UTC. */
export function microsOf(text) {
  const found =
    /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?\s*$/i.exec(
      text,
    );
  if (found === null) throw new Error(`Invalid timestamp: '${text}'`);
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', zone = 'Z'] = found;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const shift = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  const minutes = shift === null ? 0 : (shift[1] === '-' ? -1 : 1) * (Number(shift[2]) * 60 + Number(shift[3] ?? 0));
  return BigInt(date.getTime() - minutes * 60_000) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** The whole number that a decimal's text is at a scale. Digits beyond the scale are rounded half away from zero, as BigQuery does. */
export function scaled(text, scale) {
  const found = /^\s*([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?\s*$/i.exec(text);
  if (found === null || found[2] + found[3] === '') throw new Error(`Invalid NUMERIC value: ${text}`);
  const [, sign, whole, fraction, exponent = '0'] = found;
  const shift = scale + Number(exponent) - fraction.length;
  let value = BigInt(whole + fraction);
  if (shift >= 0) value *= 10n ** BigInt(shift);
  else value = (value + 5n * 10n ** BigInt(-shift - 1)) / 10n ** BigInt(-shift);
  return sign === '-' ? -value : value;
}

export function decimalText(value, scale) {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

function intervalSql(text) {
  const found = /^(-?)(\d+)-(\d+) (-?\d+) (-?)(\d+):(\d+):(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  if (found === null) throw new Error(`Invalid INTERVAL value: ${text}`);
  const [, minus, years, months, days, back, hours, minutes, seconds, fraction = ''] = found;
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  const micros = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return `(to_months(${minus}${Number(years) * 12 + Number(months)}) + to_days(${days}) + to_microseconds(${back}${micros}::BIGINT))`;
}

function rangeSql(field, text) {
  const found = /^\[\s*(.*?)\s*,\s*(.*?)\s*\)$/.exec(text);
  if (found === null) throw new Error(`Invalid RANGE value: ${text}`);
  const ends = rangeEnds(field).map((end, i) => {
    const given = found[i + 1];
    return `'${end.name}': ${literal(end, /^(unbounded|null)$/i.test(given) ? null : given)}`;
  });
  return `{${ends.join(', ')}}`;
}

/** A DuckDB expression for a value in BigQuery's text form (an object for a RECORD, an array for REPEATED). */
export function literal(field, value) {
  const type = duckType(field);
  if (field.mode === 'REPEATED')
    return `[${(value ?? []).map((one) => literal(element(field), one)).join(', ')}]::${type}`;
  if (value === null || value === undefined) return `NULL::${type}`;
  const text = String(value);
  switch (field.type) {
    case 'RECORD':
      return `{${field.fields.map((one) => `${quoteText(one.name)}: ${literal(one, value[one.name])}`).join(', ')}}::${type}`;
    case 'RANGE':
      return `${rangeSql(field, text)}::${type}`;
    case 'INTERVAL':
      return intervalSql(text);
    case 'TIMESTAMP':
      return `make_timestamptz((${/^-?\d+$/.test(text) ? text : microsOf(text)})::BIGINT)`;
    case 'DATETIME':
      return `make_timestamp((${microsOf(text)})::BIGINT)`;
    case 'BYTES':
      return `from_base64(${quoteText(text)})`;
    case 'NUMERIC':
      return `'${decimalText(scaled(text, field.scale ?? 9), field.scale ?? 9)}'::${type}`;
    case 'BIGNUMERIC':
      return `'${decimalText(scaled(text, field.scale ?? 38), field.scale ?? 38)}'`;
    case 'FLOAT64':
      // String(-0) is "0".
      return Object.is(value, -0) ? `'-0.0'::DOUBLE` : `${quoteText(text)}::DOUBLE`;
    case 'JSON':
      return quoteText(typeof value === 'string' ? value : JSON.stringify(value));
    default:
      return `${quoteText(text)}::${type}`;
  }
}

function clock(micros) {
  const seconds = micros / 1_000_000n;
  const two = (n) => String(n).padStart(2, '0');
  const fraction = micros % 1_000_000n;
  const tail = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`;
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${tail}`;
}

const daySize = 86_400_000_000n;
const dateText = (days) => new Date(days * 86_400_000).toISOString().slice(0, 10);
function dateTimeText(micros, separator = 'T') {
  const rest = ((micros % daySize) + daySize) % daySize;
  return `${dateText(Number((micros - rest) / daySize))}${separator}${clock(rest)}`;
}

function floatText(value) {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text.replace('e+', 'E').replace('e', 'E');
}

/** Seconds with an exponent, exact to the microsecond: `1.704067200123456E9`. */
function secondsText(micros) {
  if (micros === 0n) return '0.0';
  const digits = String(micros < 0n ? -micros : micros);
  const exponent = digits.length - 7;
  const tail = digits.slice(1).replace(/0+$/, '') || '0';
  return `${micros < 0n ? '-' : ''}${digits[0]}.${tail}${exponent === 0 ? '' : `E${exponent}`}`;
}

function timestampText(micros, form) {
  if (form === 'INT64') return String(micros);
  return form === 'ISO8601_STRING' ? `${dateTimeText(micros)}Z` : secondsText(micros);
}

function intervalText({ months, days, micros }) {
  const size = (n) => (n < 0 ? -n : n);
  const sign = (n) => (n < 0 ? '-' : '');
  const time = clock(size(micros))
    .replace(/^0(\d)/, '$1')
    .replace(/:0(\d)/g, ':$1');
  return `${sign(months)}${Math.trunc(size(months) / 12)}-${size(months) % 12} ${days} ${sign(micros)}${time}`;
}

/** What stands as `v` in a REST answer for a DuckDB value. */
export function restValue(field, value, form) {
  if (field.mode === 'REPEATED')
    return (value?.items ?? []).map((one) => ({ v: restValue(element(field), one, form) }));
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'RECORD':
      return { f: field.fields.map((one) => ({ v: restValue(one, value.entries[one.name], form) })) };
    case 'RANGE': {
      const ends = rangeEnds(field).map((end) => restValue(end, value.entries[end.name], form) ?? 'UNBOUNDED');
      return `[${ends.join(', ')})`;
    }
    case 'TIMESTAMP':
      return timestampText(value.micros, form);
    case 'DATETIME':
      return dateTimeText(value.micros);
    case 'TIME':
      return clock(value.micros);
    case 'DATE':
      return dateText(value.days);
    case 'BYTES':
      return Buffer.from(value.bytes).toString('base64');
    case 'NUMERIC':
      return decimalText(value.value, value.scale);
    case 'FLOAT64':
      return floatText(value);
    case 'INTERVAL':
      return intervalText(value);
    default:
      return String(value);
  }
}

/** A DuckDB expression for the bytes that BigQuery counts for a value; NULL is 0. */
export function bytesSql(field, sql, depth = 0) {
  if (field.mode === 'REPEATED') {
    const inner = bytesSql(element(field), `e${depth}`, depth + 1);
    return `coalesce(list_sum(list_transform(${sql}, lambda e${depth}: ${inner})), 0)`;
  }
  if (field.type === 'RECORD')
    return `(${field.fields.map((one) => bytesSql(one, `(${sql}).${quoteName(one.name)}`, depth)).join(' + ')})`;
  if (fixedBytes[field.type] !== undefined)
    return `(case when ${sql} is null then 0 else ${fixedBytes[field.type]} end)`;
  return `coalesce(2 + ${field.type === 'BYTES' ? 'octet_length' : 'strlen'}(${sql}), 0)`;
}

const ofDuck = {
  ...{ BIGINT: 'INT64', INTEGER: 'INT64', HUGEINT: 'INT64', DOUBLE: 'FLOAT64', BOOLEAN: 'BOOL', VARCHAR: 'STRING' },
  ...{ BLOB: 'BYTES', DATE: 'DATE', TIME: 'TIME', TIMESTAMP: 'DATETIME', INTERVAL: 'INTERVAL' },
  ...{
    'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
    SMALLINT: 'INT64',
    TINYINT: 'INT64',
    UBIGINT: 'INT64',
    '"NULL"': 'INT64',
  },
};

/** The field that a column of a query's result is, as far as DuckDB's type tells. */
export function fieldOf(name, type) {
  if (type.valueType !== undefined) return { ...fieldOf(name, type.valueType), mode: 'REPEATED' };
  if (type.entryNames !== undefined)
    return {
      name,
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: type.entryNames.map((one, i) => fieldOf(one, type.entryTypes[i])),
    };
  const text = String(type);
  if (text.startsWith('DECIMAL')) return { name, type: 'NUMERIC', mode: 'NULLABLE' };
  if (ofDuck[text] === undefined) throw new Error(`no BigQuery type for ${text}`);
  return { name, type: ofDuck[text], mode: 'NULLABLE' };
}
