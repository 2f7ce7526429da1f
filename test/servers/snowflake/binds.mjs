// Binds as literals of DuckDB's.
import { compilation } from './refusal.mjs';
import { quoteText } from './types.mjs';

/** @param {{ type: string, value: string | null }} bind with times as both protocols send them: nanoseconds, dates in milliseconds */
export function bindSql({ type, value }) {
  if (value === null || value === undefined) return 'NULL';
  switch (type.toUpperCase()) {
    case 'FIXED': {
      if (!/^-?\d+(?:\.\d+)?$/.test(value)) throw compilation(`Numeric value '${value}' is not recognized`);
      return `CAST(${quoteText(value)} AS DECIMAL(38,${value.split('.')[1]?.length ?? 0}))`;
    }
    case 'REAL':
      return `CAST(${quoteText(value)} AS DOUBLE)`;
    case 'TEXT':
      return quoteText(value);
    case 'BOOLEAN':
      return String(value === 'true' || value === '1');
    case 'BINARY':
      return `unhex(${quoteText(value)})`;
    case 'DATE':
      return /^-?\d+$/.test(value) ? `sf_day(${BigInt(value) * 1_000_000n})::DATE` : `sf_as_date(${quoteText(value)})`;
    case 'TIME':
      return /^\d+$/.test(value) ? `sf_time9n(${value})` : `sf_as_time9(${quoteText(value)})`;
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ': {
      const kind = type.slice(-3).toLowerCase();
      return /^-?\d+$/.test(value) ? `sf_${kind}9n(${value})` : `sf_as_${kind}9(${quoteText(value)})`;
    }
    case 'TIMESTAMP_TZ': {
      const [nanos, offset] = value.split(' ');
      return /^-?\d+ \d+$/.test(value)
        ? `sf_tz9n(${nanos}, ${Number(offset) - 1440})`
        : `sf_as_tz9(${quoteText(value)})`;
    }
    default:
      throw compilation(`Bind of type ${type} is not known here`);
  }
}
