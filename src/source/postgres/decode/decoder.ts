import {
  Binary,
  Float32,
  Float64,
  Int32,
  Int64,
  RecordBatch,
  Struct,
  Utf8,
  makeData,
  FixedSizeBinary,
} from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import type { MisfitCounts, MisfitPolicy, RowGroupDecoder } from '../../../core/source.js';
import { type Column, arrowSchema, typeName } from '../../../core/types.js';
import { Block } from './block.js';
import { BytesColumn } from './bytes.js';
import type { ColumnDecoder } from './column.js';
import { DecimalColumn } from './decimal.js';
import { MisfitTally } from './misfits.js';
import { BoolColumn, Int16Column } from './short-and-bool.js';
import { DateColumn, TimeColumn, TimestampColumn } from './temporal.js';
import { Float32Column, Float64Column, Int32Column, Int64Column, UuidColumn } from './words.js';

/**
 * Turns frames of PostgreSQL's binary COPY (see {@link Block}) into record batches of `arrowSchema(columns)`.
 * `Column.wire` says how a field's bytes are read, `Column.type` what they become.
 */
export function createDecoder(columns: readonly Column[], policy: MisfitPolicy): RowGroupDecoder {
  return new PostgresDecoder(columns, policy);
}

class PostgresDecoder implements RowGroupDecoder {
  private readonly tallies: readonly MisfitTally[];
  private readonly decoders: readonly ColumnDecoder[];
  private readonly schema;
  private readonly block: Block;
  private rows = 0;
  private counted: MisfitCounts = { nulled: [], extreme: [] };

  constructor(columns: readonly Column[], policy: MisfitPolicy) {
    this.schema = arrowSchema(columns);
    this.tallies = columns.map((column, index) => new MisfitTally(column, index, policy));
    this.decoders = this.tallies.map(columnDecoder);
    this.block = new Block(columns.length);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const block = this.block;
    block.over(bytes);
    for (let position = start; position < end;) {
      position = block.scan(position, end);
      for (const decoder of this.decoders) decoder.append(block, this.rows);
      this.rows += block.rows;
    }
  }

  finish(): RecordBatch {
    const length = this.rows;
    this.rows = 0;
    this.counted = {
      nulled: this.tallies.map(({ nulled }) => nulled),
      extreme: this.tallies.map(({ extreme }) => extreme),
    };
    for (const tally of this.tallies) tally.clear();
    const children = this.decoders.map((decoder) => decoder.finish(length));
    const type = new Struct(this.schema.fields);
    return new RecordBatch(this.schema, makeData({ type, length, nullCount: 0, children }));
  }

  misfits(): MisfitCounts {
    return this.counted;
  }
}

/** How each wire form is decoded, and into which logical types. */
function columnDecoder(tally: MisfitTally): ColumnDecoder {
  const { wire, type } = tally.column;
  const key = `${wire} → ${typeName(type)}`;
  switch (key) {
    case 'bool → bool':
      return new BoolColumn(tally);
    case 'int2 → int16':
      return new Int16Column(tally);
    case 'int4 → int32':
      return new Int32Column(tally, new Int32(), 1, { View: Int32Array, itemsPerValue: 1 });
    case 'float4 → float32':
      return new Float32Column(tally, new Float32(), 1, { View: Float32Array, itemsPerValue: 1 });
    case 'int8 → int64':
      return new Int64Column(tally, new Int64(), 2, { View: BigInt64Array, itemsPerValue: 1 });
    case 'float8 → float64':
      return new Float64Column(tally, new Float64(), 2, { View: Float64Array, itemsPerValue: 1 });
    case 'uuid → uuid':
      return new UuidColumn(tally, new FixedSizeBinary(16), 4, { View: Uint8Array, itemsPerValue: 16 });
    case 'date → date32':
      return new DateColumn(tally);
    case 'time → time64[us]':
      return new TimeColumn(tally);
    case 'timestamp → timestamp[us]':
      return new TimestampColumn(tally, false);
    case 'timestamptz → timestamp[us, UTC]':
      return new TimestampColumn(tally, true);
    case 'bytea → binary':
      return new BytesColumn(tally, new Binary(), { prefix: 0, checked: false });
  }
  if (wire === 'numeric' && type.kind === 'decimal') {
    return new DecimalColumn(tally, type, type.precision > 38 ? 256 : 128);
  }
  const text = textWires.get(wire);
  if (text && (type.kind === 'text' || type.kind === 'json')) return new BytesColumn(tally, new Utf8(), text);
  throw new TidemarkError('internal.bug', `Column "${tally.column.name}": there is no decoder ${key}`);
}

/** `-unchecked`: of a database whose encoding is SQL_ASCII, which promises nothing about its text. */
const textWires: ReadonlyMap<string, { readonly prefix: 0 | 1; readonly checked: boolean }> = new Map([
  ['text', { prefix: 0, checked: false }],
  ['json', { prefix: 0, checked: false }],
  ['jsonb', { prefix: 1, checked: false }],
  ['text-unchecked', { prefix: 0, checked: true }],
  ['jsonb-unchecked', { prefix: 1, checked: true }],
]);
