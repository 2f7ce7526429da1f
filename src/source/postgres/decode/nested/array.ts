import type { FieldBlock } from '../../../../core/fields/field-block.js';
import { ListColumn } from '../../../../core/fields/nested/list.js';
import { lengthWithin } from '../../../../core/fields/nested/parts.js';

const headerBytes = 12;
const dimensionBytes = 8;

/**
 * An array → list. It has one dimension, whose first element is number 1, or no elements; others are misfits.
 *
 *     0     int32   number of dimensions; 0: no elements
 *     4     int32   1: some are NULL
 *     8     uint32  type of the elements
 *     12    for each dimension: int32 number of elements, int32 number of the first one
 *     …     elements: int32 length (−1: NULL), then so many bytes
 */
export class ArrayColumn extends ListColumn {
  protected gather(block: FieldBlock, at: number, length: number): void {
    const { view } = block;
    if (length < headerBytes) throw this.malformed(`a field of ${length} bytes`);
    const dimensions = view.getInt32(at);
    this.assertElements(view.getUint32(at + 8));
    const end = at + length;
    const from = at + headerBytes + dimensions * dimensionBytes;
    if (dimensions < 0 || from > end) throw this.malformed(`an array of ${dimensions} dimensions`);
    if (dimensions === 0) {
      if (from !== end) throw this.malformed('elements of an empty array');
    } else if (dimensions > 1) {
      this.reject(`an array of ${dimensions} dimensions`);
    } else if (view.getInt32(at + 16) !== 1) {
      this.reject(`an array whose first element is number ${view.getInt32(at + 16)}`);
    } else {
      this.elements(block, from, { count: view.getInt32(at + 12), end });
    }
  }

  private elements(
    { view }: FieldBlock,
    from: number,
    { count, end }: { readonly count: number; readonly end: number },
  ): void {
    if (count < 0) throw this.malformed(`an array of ${count} elements`);
    const { parts } = this;
    const { block } = parts;
    const { offsets, lengths, nulls } = block;
    let at = from;
    for (let i = 0; i < count; i++) {
      const length = lengthWithin(view, at, end);
      at += 4;
      if (length < -1) throw this.malformed('an element that passes the end of its array');
      offsets[block.rows] = at;
      lengths[block.rows] = length;
      if (length === -1) nulls[0]!++;
      else at += length;
      block.rows++;
      if (block.isFull) parts.decode();
    }
    if (at !== end) throw this.malformed('more bytes than an array has elements');
  }

  private reject(what: string): void {
    this.tally.reject(this.row, what);
    this.builder.validity.setNull(this.row);
  }

  private assertElements(typeId: number): void {
    const { typeId: planned, sourceType } = this.tally.column.parts![0]!;
    if (typeId !== planned) throw this.malformed(`elements of type ${typeId} where ${sourceType} was planned`);
  }
}
