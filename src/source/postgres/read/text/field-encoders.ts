import { encodeNumeric } from './numeric.js';
import { encodeFloat4, encodeFloat8 } from './float.js';
import { encodeDate, encodeTime, encodeTimestamp } from './temporal.js';
import { type WireBuffer, unreadable } from './wire-buffer.js';

/**
 * Appends the bytes of a value's binary form, exactly as the type's send function in the server makes them, from its text
 * form (DateStyle ISO, bytea_output hex, extra_float_digits at least 1).
 * @throws source.protocol when the text is not one of the type
 */
export type FieldEncoder = (text: string, out: WireBuffer) => void;

const encoders: Readonly<Record<string, FieldEncoder>> = {
  bool: encodeBool,
  int2: (text, out) => out.int16(integer(text, 0x7fff)),
  int4: (text, out) => out.int32(integer(text, 0x7fff_ffff)),
  int8: encodeInt8,
  float4: encodeFloat4,
  float8: encodeFloat8,
  numeric: encodeNumeric,
  text: (text, out) => out.utf8(text),
  json: (text, out) => out.utf8(text),
  jsonb: encodeJsonb,
  bytea: encodeBytea,
  date: encodeDate,
  time: encodeTime,
  timestamp: encodeTimestamp,
  timestamptz: encodeTimestamp,
  uuid: encodeUuid,
};

/** Whether the binary form of a wire key of `Column.wire` is made here; that of others the server makes, and sends it as bytea. */
export function isReadAsText(wire: string): boolean {
  return Object.hasOwn(encoders, wire);
}

/** The encoder of a wire key. */
export function fieldEncoder(wire: string): FieldEncoder {
  return encoders[wire] ?? encodeBytea;
}

function encodeBool(text: string, out: WireBuffer): void {
  if (text !== 't' && text !== 'f') throw unreadable('a boolean', text);
  out.uint8(text === 't' ? 1 : 0);
}

function integer(text: string, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value > max || value < -max - 1) throw unreadable('an integer of the type', text);
  return value;
}

function encodeInt8(text: string, out: WireBuffer): void {
  if (!/^-?\d{1,19}$/.test(text)) throw unreadable('a bigint', text);
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw unreadable('a bigint', text);
  out.int64(value);
}

/** jsonb: a version byte, 1, then the text. */
function encodeJsonb(text: string, out: WireBuffer): void {
  out.uint8(1);
  out.utf8(text);
}

function encodeBytea(text: string, out: WireBuffer): void {
  if (!text.startsWith('\\x')) throw unreadable('a bytea in hex', text);
  out.hex(text.slice(2));
}

function encodeUuid(text: string, out: WireBuffer): void {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)) throw unreadable('a uuid', text);
  out.hex(text.replaceAll('-', ''));
}
