import type { Data, Decimal } from 'apache-arrow';
import { bitAt } from '../core/arrow/bitmap.js';
import { unscaledAt } from '../core/arrow/words.js';
import type { Secret } from '../core/secret.js';
import type { LogicalType } from '../core/types.js';
import { KeyedHash } from './keyed-hash.js';
import { textsOfWidth } from './texts.js';

/** Hexadecimal digits of a hash: 128 bits. */
const digits = 32;

/**
 * Values as keyed hashes: HMAC-SHA-256 of the kind, a zero byte and the value as text, of which the first 128 bits stand as
 * hexadecimal digits. The same value has the same hash in every table, whatever the width of its type.
 */
export function hashedTexts(type: LogicalType, key: string): (data: Data) => Data {
  const { kind, textAt } = forms[type.kind]!;
  const keyed = new KeyedHash(key, `${kind}\0`);
  return (data) =>
    textsOfWidth(data, digits, (row, out, at) => void out.write(keyed.of(textAt(data, row)), at, digits, 'latin1'));
}

/** Which key a mask was made with, so that two versions can be told to go together: not the key, and of no use to guess it. */
export function keyFingerprint(key: Secret | undefined): string | undefined {
  return key && new KeyedHash(key.reveal(), '').of('tidemark-mask-key').slice(0, 16);
}

interface Form {
  /** What a value means; the same word for all types of the same meaning. */
  readonly kind: string;
  /** Its text: bytes, or one character for each. */
  textAt(data: Data, row: number): Uint8Array | string;
}

const whole: Form = {
  kind: 'number',
  textAt: ({ values }, row) => String((values as Int32Array | BigInt64Array)[row]),
};
const units = (kind: string): Form => ({ ...whole, kind });
const bytes = (kind: string): Form => ({
  kind,
  textAt: ({ values, valueOffsets }, row) => {
    const offsets = valueOffsets as Int32Array;
    const all = values as Uint8Array;
    return all.subarray(offsets[row], offsets[row + 1]);
  },
});

/** The kinds of values that can be hashed: those of which two that are the same have the same text. */
const forms: { readonly [Kind in LogicalType['kind']]?: Form } = {
  bool: {
    kind: 'bool',
    textAt: ({ values, offset }, row) => (bitAt({ bits: values as Uint8Array, offset }, row) === 1 ? 'true' : 'false'),
  },
  int: whole,
  decimal: { kind: 'number', textAt: decimalText },
  text: bytes('text'),
  json: bytes('json'),
  binary: bytes('binary'),
  uuid: {
    kind: 'uuid',
    textAt: ({ values }, row) => {
      const all = values as Uint8Array;
      return Buffer.from(all.buffer, all.byteOffset + row * 16, 16).toString('hex');
    },
  },
  date: units('days'),
  time: units('time'),
  timestamp: units('timestamp'),
};

/** Whether values of a type can be masked by a hash. */
export const canBeHashed = ({ kind }: LogicalType): boolean => forms[kind] !== undefined;

/** Without the zeros at its end, so that it is the same text whatever the scale. */
function decimalText(data: Data, row: number): string {
  const { bitWidth, scale } = data.type as Decimal;
  const value = unscaledAt(data.values as Uint32Array, bitWidth, row);
  const text = `${value < 0n ? -value : value}`.padStart(scale + 1, '0');
  const point = text.length - scale;
  const fraction = text.slice(point).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${text.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`;
}
