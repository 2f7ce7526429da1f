import { multiplyAdd, negate } from '../../../core/fields/wide-integers.js';

/** What became of a value on the exact way. */
export type DecimalOutcome = 'done' | 'misfit' | 'malformed';

/** Sign words of numeric's wire form; NaN and the infinities have no digits. */
export const sign = {
  positive: 0x0000,
  negative: 0x4000,
  nan: 0xc000,
  infinity: 0xd000,
  minusInfinity: 0xf000,
} as const;

const powers = [1, 10, 100, 1000, 10_000] as const;

/**
 * A finite numeric of any size → the integer `value × 10^scale` in two's complement words, least significant first. For
 * the layout see {@link DecimalColumn}; the caller has checked that the field's length agrees with its number of groups.
 */
export function writeDecimal(
  view: DataView,
  at: number,
  type: { readonly precision: number; readonly scale: number },
  out: Int32Array,
  slot: number,
  words: number,
): DecimalOutcome {
  const end = at + 8 + 2 * view.getInt16(at);
  let from = at + 8;
  // Decimal digits that still follow the group's last one, in the scaled integer; negative: so many are too many.
  let following = 4 * view.getInt16(at + 2) + type.scale;
  for (; from < end && view.getInt16(from) === 0; from += 2) following -= 4;
  out.fill(0, slot, slot + words);
  if (from === end) return 'done';
  const leading = view.getInt16(from);
  if (leading < 0 || leading > 9999) return 'malformed';
  if (following + digitsOf(leading) > type.precision) return 'misfit';
  let used = 0;
  for (; from < end; from += 2, following -= 4) {
    const group = view.getInt16(from);
    if (group < 0 || group > 9999) return 'malformed';
    if (following >= 0) {
      used = multiplyAdd(out, slot, used, 10_000, group);
    } else {
      const surplus = powers[Math.min(4, -following)]!;
      if (group % surplus !== 0) return 'misfit';
      if (surplus < 10_000) used = multiplyAdd(out, slot, used, 10_000 / surplus, group / surplus);
    }
  }
  for (let zeros = following + 4; zeros > 0; zeros -= 4) {
    used = multiplyAdd(out, slot, used, powers[Math.min(4, zeros)]!, 0);
  }
  if (view.getUint16(at + 4) === sign.negative) negate(out, slot, words);
  return 'done';
}

function digitsOf(group: number): number {
  return group > 999 ? 4 : group > 99 ? 3 : group > 9 ? 2 : 1;
}
