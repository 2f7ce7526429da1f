import { type Data, makeData, type Map_, type Struct } from 'apache-arrow';
import type { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';
import { arrowType } from '../../../../core/type-table.js';
import { ListColumn } from '../../../../core/fields/nested/list.js';
import { type DecoderOf, lengthWithin } from '../../../../core/fields/nested/parts.js';

/**
 * hstore → map of texts.
 *
 *     0     int32   number of pairs
 *     4     pairs: int32 length and bytes of the key; int32 length (−1: NULL) and bytes of the value
 */
export class HstoreColumn extends ListColumn {
  constructor(tally: MisfitTally, decoderOf: DecoderOf) {
    const entries = (arrowType(tally.column.type) as Map_).children[0]!.type as Struct;
    const entriesOf = (children: Data[], length: number): Data =>
      makeData({ type: entries, length, nullCount: 0, children });
    super(tally, decoderOf, entriesOf);
  }

  protected gather({ view }: FieldBlock, from: number, bytes: number): void {
    const end = from + bytes;
    const count = bytes < 4 ? -1 : view.getInt32(from);
    let at = from + 4;
    for (let i = 0; i < count; i++) {
      for (let part = 0; part < 2; part++) {
        const length = lengthWithin(view, at, end);
        if (length < -part) throw this.malformed('a pair that passes the end of its value');
        this.parts.set(part, at + 4, length);
        at += 4 + Math.max(0, length);
      }
      this.parts.next();
    }
    if (at !== end || count < 0) throw this.malformed('other bytes than it has pairs');
  }
}
