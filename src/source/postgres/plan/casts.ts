import { TidemarkError } from '../../../core/errors.js';
import { parseType } from '../../../core/type-text.js';
import type { LogicalType } from '../../../core/types.js';

export type Cast = 'text' | { readonly precision: number; readonly scale: number };

/**
 * What `--cast column=type` asks for: `text` for any type; `decimal(p,s)`, `decimal128(p,s)`, `decimal256(p,s)` for numeric.
 * @throws request.invalid that lists what is allowed
 */
export function castColumn(column: string, sourceType: string, numeric: boolean, cast: string): Cast {
  const type = parsed(column, sourceType, cast);
  if (type?.kind === 'text') return 'text';
  if (type?.kind !== 'decimal')
    throw refused(column, cast, `allowed is text${numeric ? ', or decimal(p,s)' : ''}`, sourceType);
  if (!numeric) throw refused(column, cast, 'decimals are for numeric columns; allowed is text', sourceType);
  return { precision: type.precision, scale: type.scale };
}

function parsed(column: string, sourceType: string, cast: string): LogicalType | undefined {
  try {
    return parseType(cast.toLowerCase());
  } catch (error) {
    throw refused(column, cast, (error as Error).message, sourceType);
  }
}

function refused(column: string, cast: string, allowed: string, sourceType: string): TidemarkError {
  return new TidemarkError('request.invalid', `cast: ${column}=${cast} is not possible for ${sourceType}: ${allowed}`, {
    hint: 'Examples: --cast price=decimal(20,4), --cast payload=text. Other conversions belong into the query: SELECT x::int …',
  });
}
