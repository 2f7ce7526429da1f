import { estimateDistinct, mergeRegisters } from './distinct.js';
import { registersOf } from './batch-sketch.js';

/** How the values of a column lie, as far as it was looked at. */
export interface ColumnSketch {
  /** About how many distinct values there are, without NULL. */
  readonly distinct: number;
  /** Of sampled rows: numbers where values have an order, else what tells one from others; NaN for NULL. */
  readonly sample: Float64Array;
}

/** Puts together what was looked at in batches. @param pieces as `batchSketcher` gave them */
export function columnSketches(columns: number, pieces: Iterable<Uint8Array>): readonly ColumnSketch[] {
  const registers = registersOf(columns);
  const distinct = Array.from({ length: columns }, () => new Uint8Array(registers));
  const samples: number[][] = distinct.map(() => []);
  for (const piece of pieces) {
    for (const [index, own] of distinct.entries())
      mergeRegisters(own, piece.subarray(index * registers, (index + 1) * registers));
    // What is read next takes its place, and numbers begin at multiples of 8 bytes.
    const values = new Float64Array(piece.slice(columns * registers).buffer);
    for (let at = 0; at < values.length; at++) samples[at % columns]!.push(values[at]!);
  }
  return distinct.map((own, index) => ({
    distinct: estimateDistinct(own),
    sample: Float64Array.from(samples[index]!),
  }));
}
