import { TidemarkError } from '../../core/errors.js';

export type Cast = 'text' | { readonly precision: number; readonly scale: number };

const LARGEST_DECIMAL128 = 38;
const LARGEST_DECIMAL256 = 76;

/**
 * What `--cast column=type` asks for: `text` for any type; `decimal(p,s)`, `decimal128(p,s)`, `decimal256(p,s)` for numeric.
 * @throws request.invalid that lists what is allowed
 */
export function castColumn(column: string, sourceType: string, numeric: boolean, cast: string): Cast {
  const wanted = cast.trim().toLowerCase();
  if (wanted === 'text') return 'text';
  const decimal = /^(decimal(?:128|256)?)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(wanted);
  if (!decimal) throw refused(column, cast, `allowed is text${numeric ? ', or decimal(p,s)' : ''}`, sourceType);
  if (!numeric) throw refused(column, cast, 'decimals are for numeric columns; allowed is text', sourceType);
  const [, name, precisionText, scaleText = '0'] = decimal;
  const precision = Number(precisionText);
  const scale = Number(scaleText);
  const least = name === 'decimal256' ? LARGEST_DECIMAL128 + 1 : 1;
  const most = name === 'decimal128' ? LARGEST_DECIMAL128 : LARGEST_DECIMAL256;
  if (precision < least || precision > most) {
    throw refused(column, cast, `the precision of ${name} goes from ${least} to ${most}`, sourceType);
  }
  if (scale > precision)
    throw refused(column, cast, `the scale goes from 0 to the precision, ${precision}`, sourceType);
  return { precision, scale };
}

function refused(column: string, cast: string, allowed: string, sourceType: string): TidemarkError {
  return new TidemarkError('request.invalid', `cast: ${column}=${cast} is not possible for ${sourceType}: ${allowed}`, {
    hint: 'Examples: --cast price=decimal(20,4), --cast payload=text. Other conversions belong into the query: SELECT x::int …',
  });
}
