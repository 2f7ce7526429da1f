import { sign } from '../decimal-exact.js';
import { type TextForm, writeAscii } from './text-form.js';

const headerBytes = 8;
const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;
const longestName = '-Infinity'.length;
/** Digits after the point, at most: the header has 14 bits for them. */
const largestScale = 0x3fff;

const names: ReadonlyMap<number, string> = new Map([
  [sign.nan, 'NaN'],
  [sign.infinity, 'Infinity'],
  [sign.minusInfinity, '-Infinity'],
]);

/** numeric (see `decimal.ts` for its layout), with as many digits after the point as it has, zeros too. */
export const numericForm: TextForm = {
  fits: (length) => length >= headerBytes && length % 2 === 0,
  room: (view, at) =>
    longestName + 4 * (Math.max(0, view.getInt16(at + 2)) + 2) + Math.min(largestScale, view.getUint16(at + 6)),
  write(view, at, length, { data: out, used: to }) {
    const signWord = view.getUint16(at + 4);
    const name = names.get(signWord);
    if (name !== undefined) return writeAscii(name, out, to);
    const groups = view.getInt16(at);
    const scale = view.getUint16(at + 6);
    if (length !== headerBytes + 2 * groups || scale > largestScale) return -1;
    if (signWord !== sign.positive && signWord !== sign.negative) return -1;
    if (signWord === sign.negative) out[to++] = minus;
    return writeDigits({ view, from: at + headerBytes, groups, weight: view.getInt16(at + 2) }, scale, out, to);
  },
};

/** Digits before the point and after it that messages show; of longer numbers they say how many there are. */
const shown = { before: 401, after: 400 } as const;

/** A numeric as the server writes it: for messages. */
export function numericText(view: DataView, at: number): string {
  const groups = view.getInt16(at);
  const before = Math.max(1, 4 * view.getInt16(at + 2) + 1);
  const after = view.getUint16(at + 6);
  const isLong = before > shown.before || after > shown.after;
  if (isLong && !names.has(view.getUint16(at + 4)))
    return `a number of ${before} digits before and ${after} after the point`;
  const length = headerBytes + 2 * groups;
  const data = new Uint8Array(numericForm.room(view, at, length));
  const end = numericForm.write(view, at, length, { data, used: 0 });
  return end < 0 ? 'a number that cannot be read' : Buffer.from(data.buffer, 0, end).toString('latin1');
}

/** Groups of four digits; before the first and after the last one all are zeros. */
interface Groups {
  readonly view: DataView;
  readonly from: number;
  readonly groups: number;
  /** Groups before the point, less one. */
  readonly weight: number;
}

function writeDigits(digits: Groups, scale: number, out: Uint8Array, from: number): number {
  let to = from;
  for (let i = 0; i <= digits.weight; i++) {
    const group = groupAt(digits, i);
    if (group > 9999) return -1;
    to = to === from ? writeFirst(group, out, to) : writeGroup(group, out, to);
  }
  if (to === from) out[to++] = zero;
  if (scale === 0) return to;
  out[to++] = point;
  const end = to + scale;
  for (let i = digits.weight + 1; to < end; i++) {
    const group = groupAt(digits, i);
    if (group > 9999) return -1;
    to = writeGroup(group, out, to);
  }
  // The last group has more digits than are shown, which are zeros.
  return end;
}

function groupAt({ view, from, groups }: Groups, index: number): number {
  return index >= 0 && index < groups ? view.getUint16(from + 2 * index) : 0;
}

/** Without zeros before its first digit; nothing for zero. */
function writeFirst(group: number, out: Uint8Array, to: number): number {
  if (group > 999) return writeGroup(group, out, to);
  if (group > 99) out[to++] = zero + Math.floor(group / 100);
  if (group > 9) out[to++] = zero + (Math.floor(group / 10) % 10);
  if (group > 0) out[to++] = zero + (group % 10);
  return to;
}

function writeGroup(group: number, out: Uint8Array, to: number): number {
  out[to] = zero + Math.floor(group / 1000);
  out[to + 1] = zero + (Math.floor(group / 100) % 10);
  out[to + 2] = zero + (Math.floor(group / 10) % 10);
  out[to + 3] = zero + (group % 10);
  return to + 4;
}
