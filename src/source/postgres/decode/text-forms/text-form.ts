import { Utf8 } from 'apache-arrow';
import { BytesBuilder } from '../../../../core/arrow/build/bytes-builder.js';
import { ColumnDecoder } from '../../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';

/** The bytes of texts, and how many of them are taken. */
type Target = Pick<BytesBuilder, 'data' | 'used'>;

/** How the binary form of a type becomes the text that the server itself would write. */
export interface TextForm {
  /** Whether a field of so many bytes can be one of the type. */
  fits(length: number): boolean;
  /** Bytes that the text takes at most. */
  room(view: DataView, at: number, length: number): number;
  /** Writes the text behind what is used. @returns where it ends; −1: the bytes are none of the type */
  write(view: DataView, at: number, length: number, target: Target): number;
}

/** A type that no Arrow type holds → its text. */
export class TextFormColumn extends ColumnDecoder<BytesBuilder> {
  constructor(
    tally: MisfitTally,
    private readonly form: TextForm,
  ) {
    super(tally, new BytesBuilder(new Utf8()));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const { builder, form } = this;
    for (let i = row + 1, k = first; k < first + rows; i++, k++) {
      const length = lengths[k]!;
      if (length !== -1) {
        if (!form.fits(length)) throw this.malformed(`a field of ${length} bytes`);
        const at = offsets[k]!;
        builder.reserveBytes(form.room(view, at, length));
        builder.used = this.written(form.write(view, at, length, builder));
      }
      builder.offsets[i] = builder.used;
    }
  }

  private written(end: number): number {
    if (end < 0) throw this.malformed('other bytes');
    return end;
  }
}

/** A form of texts that are made as JavaScript's. @param text undefined: the bytes are none of the type */
export function shortTextForm(
  mostCharacters: number,
  lengths: readonly number[],
  text: (view: DataView, at: number, length: number) => string | undefined,
): TextForm {
  return {
    fits: (length) => lengths.includes(length),
    room: () => mostCharacters,
    write: (view, at, length, { data: out, used: to }) => {
      const written = text(view, at, length);
      return written === undefined ? -1 : writeAscii(written, out, to);
    },
  };
}

/** @returns where the text ends */
export function writeAscii(text: string, out: Uint8Array, to: number): number {
  for (let i = 0; i < text.length; i++) out[to + i] = text.charCodeAt(i);
  return to + text.length;
}
