/*
 * Protocol buffers, as far as a few small messages and the envelope of record batches need them (protobuf.dev, "Encoding"). Bytes are not
 * copied.
 */

/** A field of a message: bytes, or a number of up to 53 bits. */
export interface WireField {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly value: number;
}

const none = new Uint8Array(0);

/** The fields of a message, in their order. @throws RangeError where the bytes are no message */
export function* fieldsOf(message: Uint8Array): Generator<WireField> {
  const reader = new Reader(message);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, bytes: none, value: reader.varint() };
        break;
      case 1:
        yield { number, bytes: reader.take(8), value: 0 };
        break;
      case 2:
        yield { number, bytes: reader.take(reader.varint()), value: 0 };
        break;
      case 5:
        yield { number, bytes: reader.take(4), value: 0 };
        break;
      default:
        throw new RangeError(`a field of the unknown kind ${tag % 8}`);
    }
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count += 1) {
      const byte = this.take(1)[0]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError('a number that does not end');
  }

  take(count: number): Uint8Array {
    const end = this.at + count;
    if (!(end <= this.bytes.length)) throw new RangeError('a message that ends within a field');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

/** What a field is given: a text, a number from 0 on, a message, or several of these; undefined: nothing is written. */
export type FieldValue = string | number | Uint8Array | undefined | readonly FieldValue[];

/** A message, by its fields' numbers. */
export function messageOf(fields: Readonly<Record<number, FieldValue>>): Uint8Array {
  return Buffer.concat(Object.entries(fields).flatMap(([number, value]) => encoded(Number(number), value)));
}

function encoded(number: number, value: FieldValue): Uint8Array[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return [varint(number * 8), varint(value)];
  if (Array.isArray(value)) return value.flatMap((one: FieldValue) => encoded(number, one));
  const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
  return [varint(number * 8 + 2), varint(bytes.length), bytes];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
