import { type WireBuffer, unreadable } from './wire-buffer.js';

const decimalForm = /^-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)$/;

export function encodeFloat8(text: string, out: WireBuffer): void {
  out.float64(parse(text));
}

export function encodeFloat4(text: string, out: WireBuffer): void {
  out.float32(nearestFloat4(text, parse(text)));
}

function parse(text: string): number {
  if (text === 'NaN') return Number.NaN;
  if (!decimalForm.test(text)) throw unreadable('a floating point number', text);
  return Number(text);
}

/**
 * Rounding a text first to a double and then to a float can go wrong by one where the double lies right between two
 * floats. There the float is the one whose own digits, as many as the text has, are the text.
 */
function nearestFloat4(text: string, wide: number): number {
  const near = Math.fround(wide);
  const other = Math.fround(wide + (wide - near));
  if (near === wide || other === near || near / 2 + other / 2 !== wide) return near;
  const digits = text.replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').length;
  return Number(other.toPrecision(Math.max(1, digits))) === wide ? other : near;
}
