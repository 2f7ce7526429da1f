import { Binary, Float32, Float64, Int32, Int64, Utf8 } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { BatchDecoder } from '../../../core/fields/batch-decoder.js';
import { BytesColumn } from '../../../core/fields/bytes-column.js';
import type { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import type { RowGroupDecoder } from '../../../core/source.js';
import type { MisfitPolicy } from '../../../core/source-request.js';
import { type Column, typeName } from '../../../core/types.js';
import { RowBlock } from './block.js';
import { DecimalTextColumn } from '../../../core/fields/decimal-text-column.js';
import { GeometryColumn } from './geometry.js';
import { BitsColumn, BoolColumn, ShortColumn, Uint16Column, Uint64Column, UnsignedColumn } from './integers.js';
import { EightBytesColumn, FourBytesColumn, MarkColumn } from './numbers.js';
import { DateColumn, TimeColumn, TimestampColumn } from './temporal.js';
import { UuidColumn } from './uuid.js';

/**
 * Turns rows of the binary protocol (see {@link RowBlock}) into record batches of `arrowSchema(columns)`. `Column.wire` says
 * how a field's bytes are read, `Column.type` what they become.
 */
export function createDecoder(columns: readonly Column[], policy: MisfitPolicy): RowGroupDecoder {
  return new BatchDecoder(columns, policy, new RowBlock(columns.map(({ wire }) => wire)), columnDecoder);
}

const decoders: Readonly<Record<string, (tally: MisfitTally) => ColumnDecoder>> = {
  'int1 → int16': (tally) => new ShortColumn(tally, 1, true),
  'uint1 → int16': (tally) => new ShortColumn(tally, 1, false),
  'int2 → int16': (tally) => new ShortColumn(tally, 2, true),
  'uint2 → int16': (tally) => new ShortColumn(tally, 2, true),
  'uint2 → int32': (tally) => new Uint16Column(tally),
  'int4 → int32': (tally) => new FourBytesColumn(tally, new Int32()),
  'uint4 → int32': (tally) => new FourBytesColumn(tally, new Int32()),
  'uint4 → int64': (tally) => new UnsignedColumn(tally, 4),
  // The mark of a row where versions overlap: a double is the number whose form all servers agree on.
  'float8 → int16': (tally) => new MarkColumn(tally),
  'int8 → int64': (tally) => new EightBytesColumn(tally, new Int64()),
  'uint8 → int64': (tally) => new UnsignedColumn(tally, 8),
  'uint8 → decimal128(20,0)': (tally) => new Uint64Column(tally),
  'int1 → bool': (tally) => new BoolColumn(tally, true),
  'uint1 → bool': (tally) => new BoolColumn(tally, false),
  'bits → bool': (tally) => new BoolColumn(tally, false),
  'bits → int64': (tally) => new BitsColumn(tally, false),
  'bits → decimal128(20,0)': (tally) => new BitsColumn(tally, true),
  'float4 → float32': (tally) => new FourBytesColumn(tally, new Float32()),
  'float8 → float64': (tally) => new EightBytesColumn(tally, new Float64()),
  'date → date32': (tally) => new DateColumn(tally),
  'datetime → timestamp[us]': (tally) => new TimestampColumn(tally, false),
  'timestamp → timestamp[us, UTC]': (tally) => new TimestampColumn(tally, true),
  'time → time64[us]': (tally) => new TimeColumn(tally),
  'text → utf8': (tally) => new BytesColumn(tally, new Utf8(), { prefix: 0, checked: true }),
  'json → json': (tally) => new BytesColumn(tally, new Utf8(), { prefix: 0, checked: true }),
  'uuid-text → uuid': (tally) => new UuidColumn(tally),
  'binary → binary': (tally) => new BytesColumn(tally, new Binary(), { prefix: 0, checked: false }),
  'geometry → binary': (tally) => new GeometryColumn(tally),
};

function columnDecoder(tally: MisfitTally): ColumnDecoder {
  const { wire, type, name } = tally.column;
  if (wire === 'decimal' && type.kind === 'decimal') {
    return new DecimalTextColumn(tally, type, type.precision > 38 ? 256 : 128);
  }
  const key = `${wire} → ${typeName(type)}`;
  const make = decoders[key];
  if (make === undefined) throw new TidemarkError('internal.bug', `Column "${name}": there is no decoder ${key}`);
  return make(tally);
}
