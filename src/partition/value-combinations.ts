import type { RecordBatch } from 'apache-arrow';
import { plainData } from '../core/arrow/plain-data.js';
import type { ValueCodes } from './value-codes.js';

/** A column whose values are combined with those of others. */
export interface ValueLevel {
  /** Of the column in the batch. */
  readonly index: number;
  readonly codes: ValueCodes;
  /** Looks at a batch's codes, of which those of `texts` from `from` on are new. */
  readonly check?: (texts: readonly (string | null)[], from: number, codes: Int32Array) => void;
}

/** More values of one column than are ever told apart. */
const codesRoom = 0x200_0000;

/** Numbers the combinations of columns' values, as they are met. */
export class ValueCombinations {
  /** By level: which prefix of a combination is meant by the prefix before it and the level's code. */
  private readonly known: readonly Map<number, number>[];
  private readonly named: (readonly (string | null)[])[] = [];

  constructor(private readonly levels: readonly ValueLevel[]) {
    this.known = levels.map(() => new Map());
    if (levels.length === 0) this.named.push([]);
  }

  /** By row of a batch, the number of its combination. */
  assign(batch: RecordBatch): Int32Array {
    const of = new Int32Array(batch.numRows);
    const own = new Int32Array(batch.numRows);
    for (const [depth, { index, codes, check }] of this.levels.entries()) {
      const before = codes.texts.length;
      codes.assign(plainData(batch.data.children[index]!), own);
      check?.(codes.texts, before, own);
      combine(of, own, this.known[depth]!);
    }
    return of;
  }

  get size(): number {
    return this.known.at(-1)?.size ?? 1;
  }

  /** By number, the texts of a combination's values; the array grows. */
  texts(): readonly (readonly (string | null)[])[] {
    if (this.named.length < this.size) this.nameThoseThatAreNew();
    return this.named;
  }

  private nameThoseThatAreNew(): void {
    const { levels, named } = this;
    const pairs = this.known.map((map) => [...map.keys()]);
    for (let number = named.length; number < this.size; number++) {
      const values: (string | null)[] = [];
      for (let level = levels.length - 1, at = number; level >= 0; level--) {
        const pair = pairs[level]![at]!;
        values.unshift(levels[level]!.codes.texts[pair % codesRoom]!);
        at = Math.floor(pair / codesRoom);
      }
      named.push(values);
    }
  }
}

/** Numbers pairs of what a row was before and its code at this level, as they are met. */
function combine(of: Int32Array, own: Int32Array, known: Map<number, number>): void {
  let [before, number] = [-1, -1];
  for (let row = 0; row < of.length; row++) {
    const pair = of[row]! * codesRoom + own[row]!;
    if (pair !== before) {
      const found = known.get(pair);
      number = found ?? known.size;
      if (found === undefined) known.set(pair, number);
      before = pair;
    }
    of[row] = number;
  }
}
