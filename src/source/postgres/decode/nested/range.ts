import type { Struct } from 'apache-arrow';
import { StructBuilder } from '../../../../core/arrow/build/struct-builder.js';
import { ColumnDecoder } from '../../../../core/fields/column-decoder.js';
import { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';
import { arrowType } from '../../../../core/type-table.js';
import { type DecoderOf, lengthWithin, Parts } from '../../../../core/fields/nested/parts.js';

/** Flags of a range (`rangetypes.h`). */
const isEmpty = 0x01;
const lowerIncluded = 0x02;
const upperIncluded = 0x04;
const lowerInfinite = 0x08;
const upperInfinite = 0x10;
const noLower = isEmpty | lowerInfinite;
const noUpper = isEmpty | upperInfinite;

/** The parts that are bounds; the others say how they are meant. */
const bounds = 2;

/** The two booleans, as they come. */
const falseAndTrue = new FieldBlock(1);
falseAndTrue.over(Uint8Array.of(0, 1));

/**
 * A range → struct of its bounds, whether they are in it, and whether it is empty. A bound that is NULL is none: the range is empty
 * or goes on for ever.
 *
 *     0     uint8   flags
 *     1     the lower bound, unless it has none: int32 length, then so many bytes
 *     …     the upper bound, in the same way
 */
export class RangeColumn extends ColumnDecoder<StructBuilder> {
  private readonly bounds: Parts;
  private readonly flags: Parts;

  constructor(tally: MisfitTally, decoderOf: DecoderOf) {
    const fields = (rows: number) => [...this.bounds.finish(rows), ...this.flags.finish(rows)];
    super(tally, new StructBuilder(arrowType(tally.column.type) as Struct, fields));
    const parts = tally.column.parts!;
    this.bounds = new Parts(tally, parts.slice(0, bounds), decoderOf);
    this.flags = new Parts(tally, parts.slice(bounds), decoderOf);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { offsets, lengths, rows } = block;
    this.bounds.begin(block, row === 0);
    this.flags.begin(falseAndTrue, row === 0);
    for (let k = first; k < first + rows; k++) {
      const length = lengths[k]!;
      if (length === -1) {
        this.bounds.nextNull();
        this.flags.nextNull();
      } else {
        this.range(block.view, offsets[k]!, length);
      }
    }
    this.bounds.decode();
    this.flags.decode();
  }

  private range(view: DataView, at: number, length: number): void {
    if (length === 0) throw this.malformed('a field of 0 bytes');
    const flags = view.getUint8(at);
    const end = at + length;
    const middle = this.bound(0, view, { from: at + 1, end, isThere: (flags & noLower) === 0 });
    const last = this.bound(1, view, { from: middle, end, isThere: (flags & noUpper) === 0 });
    if (last !== end) throw this.malformed('more bytes than a range has');
    this.bounds.next();
    [lowerIncluded, upperIncluded, isEmpty].forEach((flag, part) => {
      this.flags.set(part, (flags & flag) === 0 ? 0 : 1, 1);
    });
    this.flags.next();
  }

  /** @returns where it ends */
  private bound(
    part: number,
    view: DataView,
    { from, end, isThere }: { readonly from: number; readonly end: number; readonly isThere: boolean },
  ): number {
    if (!isThere) {
      this.bounds.set(part, 0, -1);
      return from;
    }
    const length = lengthWithin(view, from, end);
    if (length < 0) throw this.malformed('a bound that passes the end of its range');
    this.bounds.set(part, from + 4, length);
    return from + 4 + length;
  }
}
