import { type WireBuffer, unreadable } from './wire-buffer.js';

/** Sign words of values without digits, and the shown digits that the server's send function gives with them. */
const special: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['NaN', [0xc000, 0]],
  ['Infinity', [0xd000, 32]],
  ['-Infinity', [0xf000, 32]],
]);

/**
 * numeric: int16 number of groups, int16 weight (the first group counts 10000^weight), uint16 sign, uint16 digits after the
 * point; then groups of four decimal digits, without groups of zeros at either end.
 */
export function encodeNumeric(text: string, out: WireBuffer): void {
  const signAndScale = special.get(text);
  if (signAndScale) {
    header(out, 0, 0, signAndScale[0], signAndScale[1]);
    return;
  }
  const match = /^(-?)(\d*)(?:\.(\d+))?$/.exec(text);
  if (!match || (match[2] === '' && match[3] === undefined)) throw unreadable('a numeric', text);
  const integer = match[2]!;
  const fraction = match[3] ?? '';
  // Digits filled up with zeros to whole groups on both sides of the point.
  const digits = '0'.repeat(missing(integer)) + integer + fraction + '0'.repeat(missing(fraction));
  let first = 0;
  let last = digits.length;
  while (first < last && digits.startsWith('0000', first)) first += 4;
  while (last > first && digits.startsWith('0000', last - 4)) last -= 4;
  const groups = (last - first) / 4;
  const weight = groups === 0 ? 0 : (integer.length + missing(integer) - first) / 4 - 1;
  header(out, groups, weight, match[1] === '-' ? 0x4000 : 0, fraction.length);
  for (let at = first; at < last; at += 4) out.int16(Number(digits.slice(at, at + 4)));
}

function missing(digits: string): number {
  return (4 - (digits.length % 4)) % 4;
}

function header(out: WireBuffer, groups: number, weight: number, sign: number, scale: number): void {
  out.int16(groups);
  out.int16(weight);
  out.uint16(sign);
  out.uint16(scale);
}
