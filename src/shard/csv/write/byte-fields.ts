import type { Data } from 'apache-arrow';
import { bitAt } from '../../../core/arrow/bitmap.js';
import { equals, minus } from '../characters.js';
import { ascii } from './digits.js';
import type { WriteField } from './field.js';

const hexDigits = Buffer.from('0123456789abcdef');
const base64Digits = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

export const longestUuid = 36;

export function boolField({ values, offset }: Data): WriteField {
  const bits = { bits: values as Uint8Array, offset };
  return (row, out, at) => ascii(bitAt(bits, row) === 1 ? 'true' : 'false', out, at);
}

/** With hyphens. */
export function uuidField({ values }: Data): WriteField {
  const bytes = values as Uint8Array;
  return (row, out, at) => {
    let to = at;
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) out[to++] = minus;
      const byte = bytes[16 * row + i]!;
      out[to++] = hexDigits[byte >> 4]!;
      out[to++] = hexDigits[byte & 15]!;
    }
    return to;
  };
}

/** In base64 (RFC 4648), with padding; no bytes are two quotation marks. */
export function binaryField(data: Data): WriteField {
  const offsets = data.valueOffsets as Int32Array;
  const bytes = (data.values as Uint8Array | undefined) ?? new Uint8Array(0);
  return (row, out, at) => {
    const end = offsets[row + 1]!;
    let to = at;
    if (offsets[row] === end) return ascii('""', out, at);
    for (let i = offsets[row]!; i < end; i += 3) {
      const left = end - i;
      const word = (bytes[i]! << 16) | (left > 1 ? bytes[i + 1]! << 8 : 0) | (left > 2 ? bytes[i + 2]! : 0);
      out[to++] = base64Digits[word >> 18]!;
      out[to++] = base64Digits[(word >> 12) & 63]!;
      out[to++] = left > 1 ? base64Digits[(word >> 6) & 63]! : equals;
      out[to++] = left > 2 ? base64Digits[word & 63]! : equals;
    }
    return to;
  };
}
