import type { Data } from 'apache-arrow';
import type { ColumnDecoder } from '../column-decoder.js';
import { FieldBlock } from '../field-block.js';
import type { MisfitTally } from '../misfit-tally.js';
import type { ColumnPart } from '../../types.js';

/** Makes the decoder of a column, or of a part of its values. */
export type DecoderOf = (tally: MisfitTally) => ColumnDecoder;

/** The length that stands at `at`, of what follows it: −1 is NULL, and less that it passes `end`. */
export function lengthWithin(view: DataView, at: number, end: number): number {
  const length = at + 4 <= end ? view.getInt32(at) : -2;
  return at + 4 + length > end ? -2 : length;
}

/**
 * What nested values are made of: where their elements or fields lie is gathered, and decoded as columns are, many at once. A *row* of
 * parts is one element of an array, or the fields of one struct.
 */
export class Parts {
  readonly block: FieldBlock;
  private readonly decoders: readonly ColumnDecoder[];
  /** Rows that are decoded. */
  private decoded = 0;

  /** @param rowOf the row of the column that a row of its parts belongs to */
  constructor(
    tally: MisfitTally,
    parts: readonly ColumnPart[],
    decoderOf: DecoderOf,
    rowOf: (row: number) => number = (row) => row,
  ) {
    this.block = new FieldBlock(parts.length);
    this.decoders = parts.map((part, index) => {
      // By the column's name, since that is what can be cast.
      const column = { ...part, name: tally.column.name, exactness: 'exact', redacted: false } as const;
      return decoderOf(tally.inside(column, index, rowOf));
    });
  }

  /** Rows that are gathered, decoded or not. */
  get rows(): number {
    return this.decoded + this.block.rows;
  }

  /** Begins with the values of a block. @param startsOver a record batch begins with it */
  begin(outer: FieldBlock, startsOver: boolean): void {
    if (startsOver) this.decoded = 0;
    this.block.within(outer);
  }

  /** Says where the field of a part lies, of the row that {@link next} ends. @param length −1 is NULL */
  set(part: number, offset: number, length: number): void {
    const { block } = this;
    const k = part * block.stride + block.rows;
    block.offsets[k] = offset;
    block.lengths[k] = length;
    if (length === -1) block.nulls[part]!++;
  }

  /** Ends a row. */
  next(): void {
    this.block.rows++;
    if (this.block.isFull) this.decode();
  }

  /** A row of nothing but NULLs. */
  nextNull(): void {
    for (let part = 0; part < this.block.columns; part++) this.set(part, 0, -1);
    this.next();
  }

  /** Decodes what is gathered. */
  decode(): void {
    const { block } = this;
    if (block.rows === 0) return;
    for (const decoder of this.decoders) decoder.append(block, this.decoded);
    this.decoded += block.rows;
    block.clear();
  }

  /** The first rows of each part. */
  finish(rows: number): Data[] {
    return this.decoders.map((decoder) => decoder.finish(rows));
  }
}
