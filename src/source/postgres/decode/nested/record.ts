import type { Struct } from 'apache-arrow';
import { StructBuilder } from '../../../../core/arrow/build/struct-builder.js';
import { ColumnDecoder } from '../../../../core/fields/column-decoder.js';
import { TidemarkError } from '../../../../core/errors.js';
import type { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';
import { arrowType } from '../../../../core/type-table.js';
import { type DecoderOf, Parts } from './parts.js';

/**
 * A composite → struct. One whose fields are all NULL is not NULL.
 *
 *     0     int32   number of fields; those that were dropped are not counted
 *     4     fields: uint32 type, int32 length (−1: NULL), then so many bytes
 */
export class RecordColumn extends ColumnDecoder<StructBuilder> {
  private readonly parts: Parts;

  constructor(tally: MisfitTally, decoderOf: DecoderOf) {
    super(tally, new StructBuilder(arrowType(tally.column.type) as Struct, (rows) => this.parts.finish(rows)));
    this.parts = new Parts(tally, tally.column.parts!, decoderOf);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { parts } = this;
    const { offsets, lengths, rows } = block;
    parts.begin(block, row === 0);
    for (let k = first; k < first + rows; k++) {
      const length = lengths[k]!;
      if (length === -1) {
        parts.nextNull();
      } else {
        this.fields(block.view, offsets[k]!, length);
        parts.next();
      }
    }
    parts.decode();
  }

  private fields(view: DataView, from: number, bytes: number): void {
    const planned = this.tally.column.parts!;
    const end = from + bytes;
    if (bytes < 4) throw this.malformed(`a field of ${bytes} bytes`);
    const count = view.getInt32(from);
    if (count !== planned.length) throw this.changed(`${count} attributes, and not ${planned.length}`);
    let at = from + 4;
    for (let part = 0; part < count; part++) {
      const length = at + 8 <= end ? view.getInt32(at + 4) : -2;
      if (length < -1 || at + 8 + length > end) throw this.malformed('a field that passes the end of its value');
      if (view.getUint32(at) !== planned[part]!.typeId) {
        throw this.changed(`another type at "${planned[part]!.name}"`);
      }
      this.parts.set(part, at + 8, length);
      at += 8 + Math.max(0, length);
    }
    if (at !== end) throw this.malformed('more bytes than it has fields');
  }

  /** No lock on the table keeps others from changing the types of its columns, and every session sees such a change at once. */
  private changed(what: string): TidemarkError {
    const { name, sourceType } = this.tally.column;
    const now = `column "${name}" (${sourceType}) has a composite type with ${what}`;
    return new TidemarkError('source.changed', `what is read was changed during the run: ${now}`, {
      hint: 'Nothing was published. Run again when the change of the type is done (ALTER TYPE).',
    });
  }
}
