import { type WireBuffer, unreadable } from './wire-buffer.js';

/** Sign words of values without digits, and the shown digits that the server's send function gives with them. */
const special: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['NaN', [0xc000, 0]],
  ['Infinity', [0xd000, 32]],
  ['-Infinity', [0xf000, 32]],
]);

const minus = 45; // -
const zero = 48; // 0

/**
 * numeric: int16 number of groups, int16 weight (the first group counts 10000^weight), uint16 sign, uint16 digits after the
 * point; then groups of four decimal digits, without groups of zeros at either end.
 */
export function encodeNumeric(text: string, out: WireBuffer): void {
  const signAndScale = special.get(text);
  if (signAndScale) {
    header(out, out.used, { groups: 0, weight: 0, sign: signAndScale[0], scale: signAndScale[1] });
    out.used += 8;
    return;
  }
  const start = text.charCodeAt(0) === minus ? 1 : 0;
  const dot = text.indexOf('.');
  const point = dot < 0 ? text.length : dot;
  const scale = dot < 0 ? 0 : text.length - dot - 1;
  if (point - start + scale === 0) throw unreadable('a numeric', text);
  const head = out.used;
  out.reserve(16 + text.length);
  out.used = head + 8;
  const { groups, leading } = writeGroups(text, start, point, out);
  const weight = groups === 0 ? 0 : Math.ceil((point - start) / 4) - 1 - leading;
  header(out, head, { groups, weight, sign: start === 1 ? 0x4000 : 0, scale });
}

/** Digits are grouped from the point outwards. Says how many groups there are, and how many of zeros were left out before. */
function writeGroups(text: string, start: number, point: number, out: WireBuffer): { groups: number; leading: number } {
  const bytes = out.bytes;
  const head = out.used;
  let at = head;
  let end = head;
  let leading = 0;
  let group = 0;
  let digits = missing(point - start);
  const last = text.length + missing(Math.max(0, text.length - point - 1));
  for (let i = start; i < last; i++) {
    if (i === point) continue;
    const digit = i < text.length ? text.charCodeAt(i) - zero : 0;
    if (!(digit >= 0 && digit <= 9)) throw unreadable('a numeric', text);
    group = group * 10 + digit;
    if (++digits < 4) continue;
    if (group === 0 && at === head) {
      leading++;
    } else {
      bytes[at++] = group >> 8;
      bytes[at++] = group;
      if (group !== 0) end = at;
    }
    group = digits = 0;
  }
  out.used = end;
  return { groups: (end - head) / 2, leading };
}

/** Digits that fill a group of four. */
function missing(digits: number): number {
  return -digits & 3;
}

function header(
  out: WireBuffer,
  at: number,
  { groups, weight, sign, scale }: { groups: number; weight: number; sign: number; scale: number },
): void {
  out.reserve(8);
  out.bytes.writeInt16BE(groups, at);
  out.bytes.writeInt16BE(weight, at + 2);
  out.bytes.writeUInt16BE(sign, at + 4);
  out.bytes.writeUInt16BE(scale, at + 6);
}
