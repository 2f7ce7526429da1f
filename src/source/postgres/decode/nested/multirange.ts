import type { FieldBlock } from '../../../../core/fields/field-block.js';
import { ListColumn } from '../../../../core/fields/nested/list.js';
import { lengthWithin } from '../../../../core/fields/nested/parts.js';

/**
 * A multirange → list of ranges.
 *
 *     0     int32   number of ranges
 *     4     ranges: int32 length, then so many bytes
 */
export class MultirangeColumn extends ListColumn {
  protected gather({ view }: FieldBlock, from: number, bytes: number): void {
    const end = from + bytes;
    const count = bytes < 4 ? -1 : view.getInt32(from);
    let at = from + 4;
    for (let i = 0; i < count; i++) {
      const length = lengthWithin(view, at, end);
      if (length < 0) throw this.malformed('a range that passes the end of its value');
      this.parts.set(0, at + 4, length);
      this.parts.next();
      at += 4 + length;
    }
    if (at !== end || count < 0) throw this.malformed('other bytes than it has ranges');
  }
}
