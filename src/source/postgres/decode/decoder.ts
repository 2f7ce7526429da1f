import { Binary, Float32, Float64, Int32, Int64, Utf8, FixedSizeBinary } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { BatchDecoder } from '../../../core/fields/batch-decoder.js';
import { BytesColumn } from '../../../core/fields/bytes-column.js';
import type { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import type { RowGroupDecoder } from '../../../core/source.js';
import type { MisfitPolicy } from '../../../core/source-request.js';
import { type Column, typeName } from '../../../core/types.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import { Block } from '../../postgres-protocol/block.js';
import { DecimalColumn } from './decimal.js';
import { ArrayColumn } from './nested/array.js';
import { HstoreColumn } from './nested/hstore.js';
import { IntervalColumn } from './nested/interval.js';
import { MultirangeColumn } from './nested/multirange.js';
import { RangeColumn } from './nested/range.js';
import { RecordColumn } from './nested/record.js';
import { VectorColumn } from './nested/vector.js';
import { BoolColumn, Int16Column } from './short-and-bool.js';
import { DateColumn, TimeColumn, TimestampColumn } from './temporal.js';
import { inetForm, macForm } from './text-forms/network.js';
import { numericForm } from './text-forms/numeric.js';
import { bitsForm, charForm, lsnForm, tidForm, timetzForm } from './text-forms/other.js';
import { type TextForm, TextFormColumn } from './text-forms/text-form.js';
import { Decimal64Column, HalfColumn, Uint32Column } from './wide-numbers.js';
import { Float32Column, Float64Column, Int32Column, Int64Column, UuidColumn } from './words.js';

/**
 * Turns frames of PostgreSQL's binary COPY (see {@link Block}) into record batches of `arrowSchema(columns)`.
 * `Column.wire` says how a field's bytes are read, `Column.type` what they become.
 */
export function createDecoder(columns: readonly Column[], policy: MisfitPolicy): RowGroupDecoder {
  return new BatchDecoder(columns, policy, new Block(columns.length), columnDecoder);
}

/** How each wire form is decoded, and into which logical types. */
function columnDecoder(tally: MisfitTally): ColumnDecoder {
  const { wire, type } = tally.column;
  const decoder = wordDecoder(tally) ?? decimalDecoder(tally) ?? nestedDecoder(tally) ?? textDecoder(tally);
  if (decoder) return decoder;
  throw new TidemarkError(
    'internal.bug',
    `Column "${tally.column.name}": there is no decoder ${wire} → ${typeName(type)}`,
  );
}

function wordDecoder(tally: MisfitTally): ColumnDecoder | undefined {
  switch (`${tally.column.wire} → ${typeName(tally.column.type)}`) {
    case 'bool → bool':
      return new BoolColumn(tally);
    case 'int2 → int16':
      return new Int16Column(tally);
    case 'int4 → int32':
      return new Int32Column(tally, new Int32(), 1, { View: Int32Array, itemsPerValue: 1 });
    case 'oid → int64':
      return new Uint32Column(tally);
    case 'float2 → float32':
      return new HalfColumn(tally, new Float32(), 1, { View: Float32Array, itemsPerValue: 1 });
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
  }
}

function decimalDecoder(tally: MisfitTally): ColumnDecoder | undefined {
  const { wire, type } = tally.column;
  if (type.kind !== 'decimal') return undefined;
  if (wire === 'numeric') return new DecimalColumn(tally, type, type.precision > largestDecimal128 ? 256 : 128);
  if (wire === 'money' || wire === 'xid8') return new Decimal64Column(tally, type, wire === 'money');
}

function nestedDecoder(tally: MisfitTally): ColumnDecoder | undefined {
  switch (tally.column.wire) {
    case 'array':
      return new ArrayColumn(tally, columnDecoder);
    case 'record':
      return new RecordColumn(tally, columnDecoder);
    case 'range':
      return new RangeColumn(tally, columnDecoder);
    case 'multirange':
      return new MultirangeColumn(tally, columnDecoder);
    case 'interval':
      return new IntervalColumn(tally, columnDecoder);
    case 'hstore':
      return new HstoreColumn(tally, columnDecoder);
    case 'vector':
      return new VectorColumn(tally, columnDecoder, 4);
    case 'halfvec':
      return new VectorColumn(tally, columnDecoder, 2);
  }
}

function textDecoder(tally: MisfitTally): ColumnDecoder | undefined {
  const { wire, type } = tally.column;
  if (type.kind === 'binary') {
    return wire === 'bytea' || wire === 'ewkb'
      ? new BytesColumn(tally, new Binary(), { prefix: 0, checked: false })
      : undefined;
  }
  if (type.kind !== 'text' && type.kind !== 'json') return undefined;
  const form = textForms.get(wire);
  if (form) return new TextFormColumn(tally, form);
  const text = textWires.get(wire);
  return text && new BytesColumn(tally, new Utf8(), text);
}

/** Types that have no text in them, and become one. */
const textForms: ReadonlyMap<string, TextForm> = new Map([
  ['numeric', numericForm],
  ['timetz', timetzForm],
  ['bits', bitsForm],
  ['inet', inetForm],
  ['mac', macForm],
  ['char', charForm],
  ['tid', tidForm],
  ['lsn', lsnForm],
]);

/** `versioned`: 1 stands before the text. `-unchecked`: of a database whose encoding is SQL_ASCII, which promises nothing about its text. */
const textWires: ReadonlyMap<string, { readonly prefix: 0 | 1; readonly checked: boolean }> = new Map([
  ['text', { prefix: 0, checked: false }],
  ['json', { prefix: 0, checked: false }],
  ['jsonb', { prefix: 1, checked: false }],
  ['versioned', { prefix: 1, checked: false }],
  ['text-unchecked', { prefix: 0, checked: true }],
  ['jsonb-unchecked', { prefix: 1, checked: true }],
  ['versioned-unchecked', { prefix: 1, checked: true }],
]);
