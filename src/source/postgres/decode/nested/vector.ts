import type { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';
import { ListColumn } from '../../../../core/fields/nested/list.js';
import type { DecoderOf } from '../../../../core/fields/nested/parts.js';

const headerBytes = 4;

/**
 * pgvector's vector and halfvec → list of floats.
 *
 *     0     int16   number of elements
 *     2     int16   0
 *     4     elements, of 4 or 2 bytes
 */
export class VectorColumn extends ListColumn {
  constructor(
    tally: MisfitTally,
    decoderOf: DecoderOf,
    private readonly elementBytes: 2 | 4,
  ) {
    super(tally, decoderOf);
  }

  protected gather({ view }: FieldBlock, at: number, length: number): void {
    const { parts, elementBytes } = this;
    const count = length < headerBytes ? -1 : view.getInt16(at);
    const end = at + headerBytes + count * elementBytes;
    if (count < 0 || end !== at + length) throw this.malformed(`${count} elements in ${length} bytes`);
    for (let from = at + headerBytes; from < end; from += elementBytes) {
      parts.set(0, from, elementBytes);
      parts.next();
    }
  }
}
