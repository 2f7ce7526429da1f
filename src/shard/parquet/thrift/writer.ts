import { TidemarkError } from '../../../core/errors.js';
import { ByteSink } from '../pages/byte-sink.js';

/** Type codes of Thrift's compact protocol. */
export const ThriftType = {
  TRUE: 1,
  FALSE: 2,
  BYTE: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  BINARY: 8,
  LIST: 9,
  STRUCT: 12,
} as const;

const utf8 = new TextEncoder();

/**
 * Writes structures in Thrift's compact protocol. A field is a byte `(id − previous id) << 4 | type`, then its value;
 * integers are zigzag varints, a list is `size << 4 | element type`, a structure ends with a zero byte. Fields are
 * written in the order of their ids, which `fields.ts` names.
 * @throws internal.bug for a field that is out of order
 */
export class ThriftWriter {
  private previousId = 0;
  private readonly outerIds: number[] = [];

  constructor(readonly sink: ByteSink = new ByteSink()) {}

  bool(id: number, value: boolean): void {
    this.field(id, value ? ThriftType.TRUE : ThriftType.FALSE);
  }

  i8(id: number, value: number): void {
    this.field(id, ThriftType.BYTE);
    this.sink.byte(value);
  }

  i16(id: number, value: number): void {
    this.field(id, ThriftType.I16);
    this.zigzag(value);
  }

  i32(id: number, value: number): void {
    this.field(id, ThriftType.I32);
    this.zigzag(value);
  }

  i64(id: number, value: number): void {
    this.field(id, ThriftType.I64);
    this.zigzag(value);
  }

  binary(id: number, value: Uint8Array | string): void {
    this.field(id, ThriftType.BINARY);
    this.binaryElement(value);
  }

  struct(id: number, write: () => void): void {
    this.field(id, ThriftType.STRUCT);
    this.structElement(write);
  }

  list<T>(id: number, elementType: number, items: readonly T[], write: (item: T) => void): void {
    this.field(id, ThriftType.LIST);
    this.listElements(elementType, items, write);
  }

  /** A field whose value's bytes are there. */
  raw(id: number, type: number, bytes: Uint8Array): void {
    this.field(id, type);
    this.sink.append(bytes);
  }

  /** A list without a field header. */
  listElements<T>(elementType: number, items: readonly T[], write: (item: T) => void): void {
    if (items.length < 15) this.sink.byte((items.length << 4) | elementType);
    else {
      this.sink.byte(0xf0 | elementType);
      this.sink.varint(items.length);
    }
    items.forEach(write);
  }

  /** A structure without a field header: a list's element or the top of a message. */
  structElement(write: () => void): void {
    this.outerIds.push(this.previousId);
    this.previousId = 0;
    write();
    this.sink.byte(0);
    this.previousId = this.outerIds.pop()!;
  }

  binaryElement(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? utf8.encode(value) : value;
    this.sink.varint(bytes.length);
    this.sink.append(bytes);
  }

  boolElement(value: boolean): void {
    this.sink.byte(value ? ThriftType.TRUE : ThriftType.FALSE);
  }

  zigzag(value: number): void {
    this.sink.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  private field(id: number, type: number): void {
    const delta = id - this.previousId;
    if (delta <= 0) {
      throw new TidemarkError('internal.bug', `Thrift: field ${id} is written after field ${this.previousId}`);
    }
    if (delta <= 15) this.sink.byte((delta << 4) | type);
    else {
      this.sink.byte(type);
      this.zigzag(id);
    }
    this.previousId = id;
  }
}
