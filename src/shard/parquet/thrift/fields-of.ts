import { ThriftType } from './writer.js';

/** A field of a structure in Thrift's compact protocol, by where its value lies in the bytes. */
export interface FieldPlace {
  readonly id: number;
  readonly type: number;
  /** Of the value, behind the field's header. */
  readonly start: number;
  readonly end: number;
}

const double = 7;
const set = 10;
const map = 11;

/** Nesting that no footer has. */
const deepest = 64;
/** A number of 64 bits has no more bytes. */
const mostVarintBytes = 10;

/** More is claimed than there are bytes. */
export class CutShort extends Error {}

/**
 * The fields of the structure that begins at `start`, without looking at what they mean.
 * @returns with them, how many values there are in it, at any depth
 * @throws Error where the bytes are no structure
 */
export function fieldsOf(
  bytes: Uint8Array,
  start = 0,
): { readonly fields: readonly FieldPlace[]; readonly end: number; readonly values: number } {
  const walker = new Walker(bytes, start);
  const fields: FieldPlace[] = [];
  walker.structure((field) => fields.push(field));
  return { fields, end: walker.at, values: walker.values };
}

/** Where the elements of a list lie, each as in {@link FieldPlace}. */
export function elementsOf(bytes: Uint8Array, list: FieldPlace): readonly (readonly [start: number, end: number])[] {
  const walker = new Walker(bytes, list.start);
  const places: (readonly [number, number])[] = [];
  walker.list((from, to) => places.push([from, to]));
  return places;
}

class Walker {
  values = 0;
  private depth = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  structure(onField?: (field: FieldPlace) => void): void {
    this.depth += 1;
    if (this.depth > deepest) throw new Error('the footer is nested too deeply');
    for (let id = 0; ;) {
      const header = this.byte();
      if (header === 0) break;
      const delta = header >> 4;
      const type = header & 0x0f;
      id = delta > 0 ? id + delta : this.zigzag();
      const start = this.at;
      // The header of a field holds the value of a boolean.
      if (type !== ThriftType.TRUE && type !== ThriftType.FALSE) this.value(type);
      onField?.({ id, type, start, end: this.at });
    }
    this.depth -= 1;
  }

  list(onElement?: (start: number, end: number) => void): void {
    const header = this.byte();
    const length = header >> 4 === 15 ? this.varint() : header >> 4;
    for (let index = 0; index < length; index += 1) {
      const start = this.at;
      this.value(header & 0x0f);
      onElement?.(start, this.at);
    }
  }

  private value(type: number): void {
    this.values += 1;
    switch (type) {
      case ThriftType.TRUE:
      case ThriftType.FALSE:
      case ThriftType.BYTE:
        return this.skip(1);
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        return void this.varint();
      case double:
        return this.skip(8);
      case ThriftType.BINARY:
        return this.skip(this.varint());
      case ThriftType.LIST:
      case set:
        return this.list();
      case map:
        return this.map();
      case ThriftType.STRUCT:
        return this.structure();
      default:
        throw new Error(`the footer has a field of type ${type}`);
    }
  }

  private map(): void {
    const length = this.varint();
    if (length === 0) return;
    const types = this.byte();
    for (let index = 0; index < length; index += 1) {
      this.value(types >> 4);
      this.value(types & 0x0f);
    }
  }

  private skip(count: number): void {
    this.at += count;
    if (this.at > this.bytes.length) throw new CutShort('the footer is cut short');
  }

  private byte(): number {
    this.skip(1);
    return this.bytes[this.at - 1]!;
  }

  private zigzag(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  /** Exact up to 2^53; larger ones are passed over, and their values not used. */
  private varint(): number {
    let value = 0;
    for (let [scale, count] = [1, 1]; count <= mostVarintBytes; [scale, count] = [scale * 128, count + 1]) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error('the footer has a number without end');
  }
}
