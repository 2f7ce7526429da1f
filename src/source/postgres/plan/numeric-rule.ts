import { largestDecimal128 } from '../../../core/type-table.js';
import { exact, text, type TypeRule, widened } from './rules.js';

/**
 * `numeric(p,s)` is decimal(p,s), which holds each of its values. A negative scale rounds to tens or hundreds: p − s digits
 * before the point hold them. A scale above the precision means leading zeros after the point: s digits hold them.
 */
export function numericRule(typmod: number): TypeRule {
  const declared = numericModifier(typmod);
  if (!declared) {
    return keptAsText('unbounded numeric: no decimal type holds every value', 'decimal(p,s)');
  }
  const scale = Math.max(declared.scale, 0);
  const precision = Math.max(declared.precision - Math.min(declared.scale, 0), scale);
  if (precision > largestDecimal128) {
    return keptAsText(
      `${precision} digits: readers disagree about decimals above ${largestDecimal128}`,
      `decimal256(${precision},${scale})`,
    );
  }
  const unusual = declared.scale < 0 || declared.scale > declared.precision;
  return exact(
    { kind: 'decimal', precision, scale },
    'numeric',
    unusual
      ? `scale ${declared.scale} at precision ${declared.precision}: decimal(${precision},${scale}) holds each value`
      : undefined,
  );
}

/**
 * Precision and scale in a numeric's type modifier (`numeric.c`, make_numeric_typmod): 4 is added; the upper 16 bits are the
 * precision; the lower 11 bits the scale, in two's complement (from PostgreSQL 15; before, it is never negative).
 */
function numericModifier(typmod: number): { precision: number; scale: number } | undefined {
  if (typmod < 4) return undefined;
  const bits = typmod - 4;
  return { precision: (bits >> 16) & 0xffff, scale: ((bits & 0x7ff) ^ 0x400) - 0x400 };
}

const keptAsText = (why: string, castTo: string): TypeRule => ({
  ...widened(text, 'numeric', `kept as exact text; ${why}`),
  castTo,
});
