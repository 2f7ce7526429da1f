import { largestDecimal256 } from '../../core/type-table.js';
import type { LogicalType } from '../../core/types.js';

/** A decimal number, exact: `digits` with so many of them behind the point. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** More would only take memory: no type has numbers of such a size. */
const mostExponent = 400;

/** The number that a text is, without zeros at the end; undefined: it is none. */
function decimalOf(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,5}))?$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const all = `${whole}${fraction}`;
  const trimmed = all.replace(/0+$/, '');
  if (trimmed === '') return { digits: 0n, scale: 0 };
  const digits = BigInt(trimmed);
  return {
    digits: sign === '-' ? -digits : digits,
    scale: fraction.length - (all.length - trimmed.length) - Number(exponent),
  };
}

/** The same text for the same number; undefined: it is none. */
export function plainNumber(text: string): string | undefined {
  const name = named.find(([form]) => form.test(text))?.[1];
  if (name !== undefined) return name;
  const number = decimalOf(text);
  return number && `${number.digits}e${-number.scale}`;
}

/** The decimal with as many digits as a number has; undefined: it is none, or has more than any. */
export function decimalFor(text: string): (LogicalType & { readonly kind: 'decimal' }) | undefined {
  const number = decimalOf(text);
  if (number === undefined || number.scale > largestDecimal256) return undefined;
  return { kind: 'decimal', precision: largestDecimal256, scale: Math.max(0, number.scale) };
}

/** What a text of a number is to a column: the field that files of texts have, or that no row can have it; undefined: it is no number. */
export function numberField(
  text: string,
  type: LogicalType & { readonly kind: 'int' | 'float' | 'decimal' },
): string | 'beyond' | undefined {
  if (type.kind === 'float') return floatField(text, type.bits);
  const number = decimalOf(text);
  if (number === undefined) return undefined;
  const scale = type.kind === 'int' ? 0 : type.scale;
  const missing = scale - number.scale;
  if (missing < 0 || missing > mostExponent) return 'beyond';
  const unscaled = number.digits * 10n ** BigInt(missing);
  if (type.kind === 'int') return BigInt.asIntN(type.bits, unscaled) === unscaled ? String(unscaled) : 'beyond';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (digits.length > type.precision) return 'beyond';
  const padded = digits.padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** Not a number, and infinities, as databases and languages write them. */
const named: readonly (readonly [RegExp, string])[] = [
  [/^[+-]?nan$/i, 'NaN'],
  [/^\+?inf(?:inity)?$/i, 'Infinity'],
  [/^-inf(?:inity)?$/i, '-Infinity'],
];

function floatField(text: string, bits: 32 | 64): string | 'beyond' | undefined {
  const name = named.find(([form]) => form.test(text))?.[1];
  if (name !== undefined) return name;
  if (decimalOf(text) === undefined) return undefined;
  const value = Number(text);
  // What is too large would be read as infinity, which is another value.
  return Number.isFinite(bits === 32 ? Math.fround(value) : value) ? String(value) : 'beyond';
}
