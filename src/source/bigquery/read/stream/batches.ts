import type { Schema } from 'apache-arrow';
import { type Data, type DataType, makeData, RecordBatch, RecordBatchReader, Struct } from 'apache-arrow';
import { TidemarkError } from '../../../../core/errors.js';
import { arrowSchema, type Column } from '../../../../core/types.js';
import type { WantedValues } from '../road.js';
import { converted } from './convert.js';

/** Makes of the service's batches those of a plan's columns. */
export class Batches {
  private readonly schema: Schema;

  /**
   * @param sessionSchema in Arrow's stream format
   * @param columns of the plan
   * @param places where each of them is in the session's schema; undefined: at its own place
   */
  constructor(
    private readonly sessionSchema: Uint8Array,
    private readonly columns: readonly Column[],
    private readonly places: readonly number[] | undefined,
  ) {
    this.schema = arrowSchema(columns);
  }

  /**
   * @param message a batch of the session, in Arrow's stream format
   * @param firstRow of the range with which it begins
   * @throws data.misfit; source.protocol
   */
  decode(
    message: Uint8Array,
    firstRow: number,
    { limit, nullsMisfits }: Pick<WantedValues, 'limit' | 'nullsMisfits'>,
  ): { readonly batch: RecordBatch; readonly nulled: readonly number[] } {
    const whole = this.read(message);
    const left = limit - firstRow;
    const { data } = whole.numRows > left ? whole.slice(0, left) : whole;
    const nulled = this.columns.map(() => 0);
    const place = { firstRow, nulled: nullsMisfits ? nulled : undefined };
    const children = this.columns.map((target, column) =>
      converted(data.children[this.places?.[column] ?? column] as Data, target, { column, of: target, ...place }),
    );
    const rows = makeData({ type: new Struct(this.schema.fields), length: data.length, nullCount: 0, children });
    return { batch: new RecordBatch(this.schema, rows as Data<Struct>), nulled };
  }

  private read(message: Uint8Array): RecordBatch<Record<string, DataType>> {
    // Buffers of a batch begin at multiples of eight bytes of the whole.
    const whole = Buffer.concat([this.sessionSchema, message]);
    try {
      const [batch] = RecordBatchReader.from(whole);
      if (batch !== undefined) return batch as RecordBatch<Record<string, DataType>>;
    } catch (cause) {
      throw new TidemarkError('source.protocol', 'the Storage Read API sent a batch that cannot be decoded', { cause });
    }
    throw new TidemarkError('source.protocol', 'the Storage Read API sent rows without a batch of Arrow');
  }
}
