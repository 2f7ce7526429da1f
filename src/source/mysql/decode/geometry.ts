import { Binary } from 'apache-arrow';
import { BytesBuilder } from '../../../core/arrow/build/bytes-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';

/** The reference system (4 bytes) stands before a WKB of at least byte order (1) and type (4). */
const idBytes = 4;
const leastBytes = 9;
/** Says in a WKB's type that the reference system follows it. */
const hasId = 0x2000_0000;

/**
 * GEOMETRY: the server sends the number of the reference system and little-endian WKB. Number 0 is none: then WKB. Otherwise EWKB,
 * in which the number stands after the type.
 */
export class GeometryColumn extends ColumnDecoder<BytesBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new BytesBuilder(new Binary()));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, view, offsets, lengths, rows } = block;
    const { builder } = this;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const length = lengths[k]!;
      if (length !== -1) {
        const at = offsets[k]!;
        if (length < leastBytes) throw this.malformed(`a field of ${length} bytes`);
        if (bytes[at + idBytes] !== 1) throw this.malformed('a geometry that is not little-endian');
        builder.reserveBytes(length);
        const id = view.getUint32(at, true);
        const out = builder.used;
        if (id === 0) {
          builder.data.set(bytes.subarray(at + idBytes, at + length), out);
          builder.used += length - idBytes;
        } else {
          builder.data[out] = 1;
          builder.view.setUint32(out + 1, (view.getUint32(at + 5, true) | hasId) >>> 0, true);
          builder.view.setUint32(out + 5, id, true);
          builder.data.set(bytes.subarray(at + leastBytes, at + length), out + leastBytes);
          builder.used += length;
        }
      }
      builder.offsets[i + 1] = builder.used;
    }
  }
}
