import type { FieldBlock } from '../../../core/fields/field-block.js';
import { ListColumn } from '../../../core/fields/nested/list.js';

const comma = 0x2c;
const blank = 0x20;

/** Vectors: numbers in brackets, `[1.5,-2,0.25]`. */
export class VectorColumn extends ListColumn {
  protected gather({ bytes }: FieldBlock, at: number, length: number): void {
    const last = at + length - 1;
    if (length < 2 || bytes[at] !== 0x5b || bytes[last] !== 0x5d) throw this.malformed(`a text of ${length} bytes`);
    for (let from = at + 1; from < last;) {
      while (bytes[from] === blank) from++;
      let to = from;
      while (to < last && bytes[to] !== comma) to++;
      this.parts.set(0, from, to - from);
      this.parts.next();
      from = to + 1;
    }
  }
}
