import { RecordBatch, Struct, makeData, type Schema } from 'apache-arrow';
import type { MisfitCounts, RowGroupDecoder } from '../source.js';
import type { MisfitPolicy } from '../source-request.js';
import { arrowSchema, type Column } from '../types.js';
import type { ColumnDecoder } from './column-decoder.js';
import type { FrameBlock } from './field-block.js';
import { MisfitTally } from './misfit-tally.js';

/** Turns frames into record batches of `arrowSchema(columns)`: a block finds the fields, a decoder of each column reads them. */
export class BatchDecoder implements RowGroupDecoder {
  private readonly tallies: readonly MisfitTally[];
  private readonly decoders: readonly ColumnDecoder[];
  private readonly schema: Schema;
  private rows = 0;
  private counted: MisfitCounts = { nulled: [], extreme: [] };

  /** @param decoderOf the decoder of a column, by {@link Column.wire} and {@link Column.type} */
  constructor(
    columns: readonly Column[],
    policy: MisfitPolicy,
    private readonly block: FrameBlock,
    decoderOf: (tally: MisfitTally) => ColumnDecoder,
  ) {
    this.schema = arrowSchema(columns);
    this.tallies = columns.map((column, index) => new MisfitTally(column, index, policy));
    this.decoders = this.tallies.map(decoderOf);
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
    const children = this.decoders.map((decoder, index) => this.tallies[index]!.withoutSpoiled(decoder.finish(length)));
    for (const tally of this.tallies) tally.clear();
    const type = new Struct(this.schema.fields);
    return new RecordBatch(this.schema, makeData({ type, length, nullCount: 0, children }));
  }

  misfits(): MisfitCounts {
    return this.counted;
  }
}
