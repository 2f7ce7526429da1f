/** Values as the binary protocol has them (MySQL manual, "Binary Protocol Value"), written from the manual alone. */

/** An integer, little-endian; a negative one as two's complement. */
export function little(value: bigint, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let rest = BigInt.asUintN(bytes * 8, value);
  for (let i = 0; i < bytes; i++, rest >>= 8n) buffer[i] = Number(rest & 0xffn);
  return buffer;
}

/** Bytes behind their length, which takes one, three, four or nine bytes; a longer form than needed where one is asked for. */
export function counted(bytes: Buffer, form?: 0xfc | 0xfd | 0xfe): Buffer {
  const { length } = bytes;
  const mark = form ?? (length < 251 ? undefined : length < 2 ** 16 ? 0xfc : length < 2 ** 24 ? 0xfd : 0xfe);
  if (mark === undefined) return Buffer.concat([Buffer.from([length]), bytes]);
  const sizes = { 0xfc: 2, 0xfd: 3, 0xfe: 8 };
  return Buffer.concat([Buffer.from([mark]), little(BigInt(length), sizes[mark]), bytes]);
}

const packed = (...parts: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};
const day = (date: Date): Buffer =>
  Buffer.concat([little(BigInt(date.getUTCFullYear()), 2), Buffer.from([date.getUTCMonth() + 1, date.getUTCDate()])]);
const clock = (second: number): Buffer =>
  Buffer.from([Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]);

export const dateBytes = (date: Date): Buffer => packed(day(date));

/** @param second of the day */
export function datetimeBytes(date: Date, second: number, micros: number): Buffer {
  if (micros > 0) return packed(day(date), clock(second), little(BigInt(micros), 4));
  return second > 0 ? packed(day(date), clock(second)) : packed(day(date));
}

interface TimeSpan {
  readonly second: number;
  readonly micros?: number;
  readonly days?: number;
  readonly negative?: boolean;
}

/** @param span `second` is that of its last day */
export function timeBytes({ second, micros = 0, days = 0, negative = false }: TimeSpan): Buffer {
  if (second === 0 && micros === 0 && days === 0) return packed();
  const span = [Buffer.from([negative ? 1 : 0]), little(BigInt(days), 4), clock(second)];
  return micros > 0 ? packed(...span, little(BigInt(micros), 4)) : packed(...span);
}
