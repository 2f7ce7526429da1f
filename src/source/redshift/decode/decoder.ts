import { Utf8 } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { BatchDecoder } from '../../../core/fields/batch-decoder.js';
import { BytesColumn } from '../../../core/fields/bytes-column.js';
import type { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import { DecimalTextColumn } from '../../../core/fields/decimal-text-column.js';
import { HexColumn } from '../../../core/fields/hex-column.js';
import { TruthTextColumn } from '../../../core/fields/truth-texts.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { DoubleColumn, IntegerColumn, ShortColumn } from '../../../core/fields/number-texts.js';
import type { RowGroupDecoder } from '../../../core/source.js';
import type { MisfitPolicy } from '../../../core/source-request.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import { type Column, type LogicalType, typeName } from '../../../core/types.js';
import { Block } from '../../postgres-protocol/block.js';
import { DateColumn, TimeColumn, TimestampColumn } from './temporal.js';

/** How the texts of a column are read: the key of a decoder. */
export type Wire =
  ('integer' | 'decimal' | 'double' | 'truth' | 'text' | 'hex') | ('date' | 'time' | 'timestamp' | 'timestamptz');

const decoders: Readonly<Record<Wire, (tally: MisfitTally, type: LogicalType) => ColumnDecoder>> = {
  integer: (tally, type) => {
    const bits = type.kind === 'int' ? type.bits : 64;
    return bits === 16 ? new ShortColumn(tally, { digits: 5 }) : new IntegerColumn(tally, bits === 32 ? 32 : 64);
  },
  decimal: (tally, type) => {
    if (type.kind !== 'decimal') throw noDecoder(tally);
    return new DecimalTextColumn(tally, type, type.precision > largestDecimal128 ? 256 : 128);
  },
  double: (tally, type) => new DoubleColumn(tally, type.kind === 'float' && type.bits === 32 ? 32 : 64),
  truth: (tally) => new TruthTextColumn(tally, { truths: ['t'], falsities: ['f'] }),
  text: (tally) => new BytesColumn(tally, new Utf8(), { prefix: 0, checked: true }),
  hex: (tally) => new HexColumn(tally),
  date: (tally) => new DateColumn(tally),
  time: (tally) => new TimeColumn(tally),
  timestamp: (tally) => new TimestampColumn(tally, false),
  timestamptz: (tally) => new TimestampColumn(tally, true),
};

function decoderOf(tally: MisfitTally): ColumnDecoder {
  const { wire, type } = tally.column;
  if (!Object.hasOwn(decoders, wire)) throw noDecoder(tally);
  return decoders[wire as Wire](tally, type);
}

const noDecoder = ({ column: { name, wire, type } }: MisfitTally): TidemarkError =>
  new TidemarkError('internal.bug', `Column "${name}": there is no decoder ${wire} → ${typeName(type)}`);

/** A decoder of rows as the server sends them: DataRow messages, values as texts. */
export function createDecoder(columns: readonly Column[], policy: MisfitPolicy): RowGroupDecoder {
  return new BatchDecoder(columns, policy, new Block(columns.length, 'DataRow'), decoderOf);
}
