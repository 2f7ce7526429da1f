import { type Data, DataType, makeData } from 'apache-arrow';
import type { ColumnReader } from './column-reader.js';
import { JsonCursor } from './json-cursor.js';
import { Rows } from './null-bits.js';

/** Reads fields of JSON as values of a nested type. */
export function nestedReader(type: DataType, readerOf: (type: DataType) => ColumnReader): ColumnReader {
  const value = valueReader(type, readerOf);
  return {
    add(bytes, from, to) {
      const cursor = new JsonCursor(bytes, from, to);
      value.read(cursor);
      cursor.expectEnd();
    },
    addNull: () => value.addNull(),
    finish: () => value.finish(),
  };
}

/** Takes values out of JSON, one after the other. */
interface ValueReader {
  /** @throws Malformed */
  read(cursor: JsonCursor): void;
  addNull(): void;
  finish(): Data;
}

function valueReader(type: DataType, readerOf: (type: DataType) => ColumnReader): ValueReader {
  const inner = (child: DataType): ValueReader => nullable(valueReader(child, readerOf));
  if (DataType.isList(type)) {
    return new SequenceReader(type, ['[', ']'], inner(type.children[0]!.type));
  }
  if (DataType.isMap(type)) return mapReader(type, inner);
  if (DataType.isStruct(type)) {
    return new StructReader(
      type,
      type.children.map((field) => ({ name: field.name as string, reader: inner(field.type as DataType) })),
    );
  }
  return new SingleReader(readerOf(type));
}

/** Passes `null`, which no value looks like. */
function nullable(reader: ValueReader): ValueReader {
  return {
    read: (cursor) => (cursor.takes('null') ? reader.addNull() : reader.read(cursor)),
    addNull: () => reader.addNull(),
    finish: () => reader.finish(),
  };
}

class SingleReader implements ValueReader {
  constructor(private readonly column: ColumnReader) {}

  read(cursor: JsonCursor): void {
    const { bytes, from, to } = cursor.isText ? cursor.text() : cursor.bare();
    this.column.add(bytes, from, to);
  }

  addNull(): void {
    this.column.addNull();
  }

  finish(): Data {
    return this.column.finish();
  }
}

/** What a list or map is made of. */
type ItemReader = Pick<ValueReader, 'read' | 'finish'>;

class SequenceReader implements ValueReader {
  private readonly rows = new Rows();
  private ends: number[] = [0];
  private items = 0;

  constructor(
    private readonly type: DataType,
    private readonly brackets: readonly [string, string],
    private readonly item: ItemReader,
  ) {}

  read(cursor: JsonCursor): void {
    const [open, close] = this.brackets;
    cursor.expect(open);
    if (!cursor.takes(close)) {
      do {
        this.item.read(cursor);
        this.items++;
      } while (cursor.takes(','));
      cursor.expect(close);
    }
    this.rows.add(true);
    this.ends.push(this.items);
  }

  addNull(): void {
    this.rows.add(false);
    this.ends.push(this.items);
  }

  finish(): Data {
    const valueOffsets = Int32Array.from(this.ends);
    this.ends = [0];
    this.items = 0;
    return makeData({ type: this.type, ...this.rows.finish(), valueOffsets, child: this.item.finish() } as never);
  }
}

function mapReader(type: DataType, inner: (type: DataType) => ValueReader): ValueReader {
  const entries = (type.children[0] as { readonly type: DataType }).type;
  const [key, value] = entries.children.map((field) => inner(field.type as DataType)) as [ValueReader, ValueReader];
  const rows = new Rows();
  const finish = (): Data =>
    makeData({ type: entries, ...rows.finish(), children: [key.finish(), value.finish()] } as never);
  if (DataType.isUtf8((entries.children[0] as { readonly type: DataType }).type)) {
    const read = (cursor: JsonCursor): void => {
      rows.add(true);
      key.read(cursor);
      cursor.expect(':');
      value.read(cursor);
    };
    return new SequenceReader(type, ['{', '}'], { read, finish });
  }
  const read = (cursor: JsonCursor): void => {
    rows.add(true);
    cursor.expect('{"key":');
    key.read(cursor);
    cursor.expect(',"value":');
    value.read(cursor);
    cursor.expect('}');
  };
  return new SequenceReader(type, ['[', ']'], { read, finish });
}

class StructReader implements ValueReader {
  private readonly rows = new Rows();

  constructor(
    private readonly type: DataType,
    private readonly fields: readonly { readonly name: string; readonly reader: ValueReader }[],
  ) {}

  read(cursor: JsonCursor): void {
    cursor.expect('{');
    for (const [index, { name, reader }] of this.fields.entries()) {
      if (index > 0) cursor.expect(',');
      cursor.expectText(name);
      cursor.expect(':');
      reader.read(cursor);
    }
    cursor.expect('}');
    this.rows.add(true);
  }

  addNull(): void {
    for (const { reader } of this.fields) reader.addNull();
    this.rows.add(false);
  }

  finish(): Data {
    const children = this.fields.map(({ reader }) => reader.finish());
    return makeData({ type: this.type, ...this.rows.finish(), children } as never);
  }
}
