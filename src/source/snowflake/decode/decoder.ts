import { type RecordBatch, Utf8 } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { BatchDecoder } from '../../../core/fields/batch-decoder.js';
import { BytesColumn } from '../../../core/fields/bytes-column.js';
import type { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import { HexColumn } from '../../../core/fields/hex-column.js';
import { DecimalTextColumn } from '../../../core/fields/decimal-text-column.js';
import { DoubleColumn, IntegerColumn, ShortColumn } from '../../../core/fields/number-texts.js';
import { TruthTextColumn } from '../../../core/fields/truth-texts.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import { type Column, type LogicalType, typeName } from '../../../core/types.js';
import { VectorColumn } from './vector.js';
import { JsonRowBlock } from './row-block.js';
import { addedMinutes, DaysColumn, MomentTextColumn, SecondsColumn, ZonedColumn } from './temporal.js';

/** How the texts of a column are read: the key of a decoder. */
export type Wire =
  | 'integer'
  | 'mark'
  | 'decimal'
  | 'double'
  | 'text'
  | 'hex'
  | 'truth'
  | 'days'
  | 'seconds'
  | 'instant'
  | 'moment'
  | 'minutes'
  | 'zoned'
  | 'vector';

type Make = (tally: MisfitTally, type: LogicalType) => ColumnDecoder;

const decoders: Readonly<Record<Wire, Make>> = {
  integer: (tally, type) => new IntegerColumn(tally, type.kind === 'int' && type.bits === 64 ? 64 : 32),
  mark: (tally) => new ShortColumn(tally, { digits: 4 }),
  decimal: (tally, type) => {
    if (type.kind !== 'decimal') throw noDecoder(tally);
    return new DecimalTextColumn(tally, type, type.precision > largestDecimal128 ? 256 : 128);
  },
  double: (tally, type) => new DoubleColumn(tally, type.kind === 'float' && type.bits === 32 ? 32 : 64),
  text: (tally) => new BytesColumn(tally, new Utf8(), { prefix: 0, checked: true }),
  hex: (tally) => new HexColumn(tally),
  // Of the drivers' protocol, and of the SQL API.
  truth: (tally) => new TruthTextColumn(tally, { truths: ['1', 'true'], falsities: ['0', 'false'] }),
  days: (tally) => new DaysColumn(tally),
  seconds: (tally) => new SecondsColumn(tally, false),
  instant: (tally) => new SecondsColumn(tally, true),
  moment: (tally) => new MomentTextColumn(tally),
  minutes: (tally) => new ShortColumn(tally, { digits: 4, added: addedMinutes }),
  zoned: (tally) => new ZonedColumn(tally, decoderOf),
  vector: (tally) => new VectorColumn(tally, decoderOf),
};

function decoderOf(tally: MisfitTally): ColumnDecoder {
  const { wire, type } = tally.column;
  const make = decoders[wire as Wire] as Make | undefined;
  if (make === undefined) throw noDecoder(tally);
  return make(tally, type);
}

const noDecoder = ({ column: { name, wire, type } }: MisfitTally): TidemarkError =>
  new TidemarkError('internal.bug', `Column "${name}": there is no decoder ${wire} → ${typeName(type)}`);

/** What rows are to become. */
export interface RowsWanted {
  readonly columns: readonly Column[];
  /** Fields of a row. */
  readonly fields: number;
  /** The places of the columns in a row. */
  readonly places: readonly number[];
  /** Misfits become NULL, and are counted. */
  readonly nullsMisfits: boolean;
}

/**
 * Rows in JSON as a record batch, which owns its arrays. Resolves escapes in the bytes themselves.
 * @param bytes rows with commas between them
 * @param most rows that are taken of them
 * @returns the batch, and how many misfits became NULL, by column
 * @throws data.misfit, data.encoding; source.protocol
 */
export function decodeRows(
  bytes: Uint8Array,
  { columns, fields, places, nullsMisfits }: RowsWanted,
  most: number,
): { readonly batch: RecordBatch; readonly nulled: readonly number[] } {
  const policy = { misfit: nullsMisfits ? 'null' : 'fail', infinity: 'misfit' } as const;
  const decoder = new BatchDecoder(columns, policy, new JsonRowBlock(fields, places, most), decoderOf);
  decoder.add(bytes, 0, bytes.length);
  const batch = decoder.finish();
  return { batch, nulled: decoder.misfits().nulled };
}
