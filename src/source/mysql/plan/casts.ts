import { TidemarkError } from '../../../core/errors.js';
import { parseType } from '../../../core/type-text.js';
import { type LogicalType, typeName } from '../../../core/types.js';
import { type FieldFacts, fieldType } from './field-types.js';
import type { TypeRule } from './type-rule.js';

/** The column that is cast. */
interface CastColumn {
  readonly name: string;
  readonly sourceType: string;
  readonly field: FieldFacts;
}

/**
 * What `--cast column=type` asks for: `text` where the value has one; `decimal(p,s)` of a decimal; `int64` of a bigint
 * unsigned; `bool` of a tinyint.
 * @throws request.invalid that lists what is allowed
 */
export function castOf(cast: string, natural: TypeRule, column: CastColumn): TypeRule {
  const type = parsed(cast, column);
  const allowed = allowedFor(natural, column.field);
  const isAllowed = type !== undefined && allowed.some((one) => one.fits(type));
  if (allowed.length === 0) throw bytesStay(column, cast);
  if (!isAllowed) throw refused(column, cast, `allowed is ${allowed.map(({ text }) => text).join(', or ')}`);
  const note = `asked for as ${cast}; a value that does not fit is a misfit`;
  if (type.kind !== 'text') return { ...natural, wire: wireOf(natural), type, exactness: 'exact', note };
  if (natural.type.kind === 'text') return natural;
  return { type, wire: 'text', exactness: 'widened', reading: 'asText', note: 'asked for as text' };
}

/** Decimals that are kept as text come in the same form as others. */
function wireOf({ wire }: TypeRule): TypeRule['wire'] {
  return wire === 'text' ? 'decimal' : wire;
}

interface Allowed {
  readonly text: string;
  fits(type: LogicalType): boolean;
}

function allowedFor({ type, wire }: TypeRule, field: FieldFacts): Allowed[] {
  const only = (name: string): Allowed => ({ text: name, fits: (asked) => typeName(asked) === name });
  return [
    ...(type.kind === 'binary' ? [] : [{ text: 'text', fits: (asked: LogicalType) => asked.kind === 'text' }]),
    ...(field.type === fieldType.decimal
      ? [{ text: 'decimal(p,s)', fits: (asked: LogicalType) => asked.kind === 'decimal' }]
      : []),
    ...(wire === 'uint8' ? [only('int64')] : []),
    ...(wire === 'int1' || wire === 'uint1' ? [only('bool')] : []),
  ];
}

function parsed(cast: string, column: CastColumn): LogicalType | undefined {
  try {
    return parseType(cast.toLowerCase());
  } catch (error) {
    throw refused(column, cast, (error as Error).message);
  }
}

/** A query says which text of bytes is meant. */
function bytesStay({ name, sourceType }: CastColumn, cast: string): TidemarkError {
  return new TidemarkError(
    'request.invalid',
    `cast: ${name}=${cast} is not possible for ${sourceType}: bytes stay bytes`,
    {
      hint: `Make a text of them in the query: SELECT HEX(${name}) AS ${name} …, or CONVERT(${name} USING utf8mb4) where they are one.`,
    },
  );
}

function refused({ name, sourceType }: CastColumn, cast: string, allowed: string): TidemarkError {
  return new TidemarkError('request.invalid', `cast: ${name}=${cast} is not possible for ${sourceType}: ${allowed}`, {
    hint: 'Examples: --cast price=decimal(20,4), --cast payload=text. Other conversions belong into the query: SELECT CAST(x AS …) …',
  });
}
