import { shortTextForm, type TextForm } from './text-form.js';

const zero = 0x30;

/**
 * bit and bit varying.
 *
 *     0     int32   number of bits
 *     4     bits, the first one most significant, up to a whole byte
 */
export const bitsForm: TextForm = {
  fits: (length) => length >= 4,
  room: (_view, _at, length) => (length - 4) * 8,
  write(view, at, length, { data: out, used: to }) {
    const bits = view.getInt32(at);
    if (bits < 0 || length !== 4 + ((bits + 7) >> 3)) return -1;
    for (let i = 0; i < bits; i++) out[to + i] = zero + ((view.getUint8(at + 4 + (i >> 3)) >> (7 - (i & 7))) & 1);
    return to + bits;
  },
};

const two = (value: number): string => String(value).padStart(2, '0');
const day = 86_400_000_000;

/** timetz: int64 microseconds since midnight, 24:00:00 at most; int32 seconds that its zone is west of UTC. */
export const timetzForm = shortTextForm(32, [12], (view, at) => {
  const micros = Number(view.getBigInt64(at));
  const west = view.getInt32(at + 8);
  if (micros < 0 || micros > day) return undefined;
  const seconds = Math.floor(micros / 1_000_000);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => two(Math.floor(part))).join(':');
  const fraction = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${clock}${fraction === '' ? '' : `.${fraction}`}${west > 0 ? '-' : '+'}${offset(Math.abs(west))}`;
});

/** Minutes and seconds where there are any. */
function offset(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two);
  return parts.slice(0, parts[2] === '00' ? (parts[1] === '00' ? 1 : 2) : 3).join(':');
}

/** "char": a byte; 0 is an empty text, and one that is no ASCII has its octal digits, as the server writes it from PostgreSQL 16 on. */
export const charForm = shortTextForm(4, [1], (view, at) => {
  const byte = view.getUint8(at);
  if (byte === 0) return '';
  return byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
});

/** tid: uint32 page and uint16 place on it. */
export const tidForm = shortTextForm(18, [6], (view, at) => `(${view.getUint32(at)},${view.getUint16(at + 4)})`);

/** pg_lsn: 64 bits. */
export const lsnForm = shortTextForm(17, [8], (view, at) =>
  [0, 4]
    .map((from) =>
      view
        .getUint32(at + from)
        .toString(16)
        .toUpperCase(),
    )
    .join('/'),
);
