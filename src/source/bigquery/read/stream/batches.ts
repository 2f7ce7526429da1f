import type { Schema } from 'apache-arrow';
import { type Data, type DataType, makeData, RecordBatch, RecordBatchReader, Struct } from 'apache-arrow';
import { TidemarkError } from '../../../../core/errors.js';
import { arrowSchema, type Column } from '../../../../core/types.js';
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
  decode(message: Uint8Array, firstRow: number): RecordBatch {
    const batch = this.read(message);
    const children = this.columns.map((target, column) =>
      converted(batch.data.children[this.places?.[column] ?? column] as Data, target, { column, firstRow }),
    );
    const data = makeData({ type: new Struct(this.schema.fields), length: batch.numRows, nullCount: 0, children });
    return new RecordBatch(this.schema, data as Data<Struct>);
  }

  private read(message: Uint8Array): RecordBatch<Record<string, DataType>> {
    // Buffers of a batch begin at multiples of eight bytes of the whole.
    const [batch] = RecordBatchReader.from(Buffer.concat([this.sessionSchema, message]));
    if (batch !== undefined) return batch as RecordBatch<Record<string, DataType>>;
    throw new TidemarkError('source.protocol', 'the Storage Read API sent rows without a batch of Arrow');
  }
}
