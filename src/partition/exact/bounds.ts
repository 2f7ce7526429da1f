import type { Scratch } from '../../core/scratch.js';
import { type EntityRecordsRead, inRanges } from '../entities/ranges.js';
import { EntityTable } from '../entities/table.js';
import { type HashPart, positionsInAll, type StratumBounds } from '../split.js';

/** Entities of strata: each record's last word is the number of its stratum, from 1 on. */
interface SurveyedEntities extends EntityRecordsRead {
  /** By stratum, in their order. */
  readonly strata: readonly { readonly values: StratumBounds['values']; readonly entities: number }[];
}

/** Ranks the entities of every stratum by their hashes, and cuts where ratios say. */
export function exactBounds(
  parts: readonly HashPart[],
  { strata, ...all }: SurveyedEntities,
  scratch: Scratch,
): readonly StratumBounds[] {
  const shares = parts.map(({ below }, index) => below - (parts[index - 1]?.below ?? 0));
  const counts = allocate(
    strata.map(({ entities }) => entities),
    shares,
  );
  const ranks = new Ranks(counts.map(cutsOf));
  inRanges(all, scratch, (records, chunks) => {
    const places: number[] = [];
    let pairs = new Uint32Array(0);
    const table = new EntityTable(records, (all, at) => {
      pairs = all as Uint32Array<ArrayBuffer>;
      places.push(at);
    });
    for (const words of chunks) table.add(words);
    const inOrder = Uint32Array.from(places);
    inOrder.sort((a, b) => pairs[a + 1]! - pairs[b + 1]! || pairs[a]! - pairs[b]!);
    for (const at of inOrder) ranks.next(pairs, at);
  });
  return strata.map(({ values }, stratum) => ({ values, entities: counts[stratum]!, below: ranks.below(stratum) }));
}

/** By part but the last, how many entities are before it or in it. */
function cutsOf(counts: readonly number[]): number[] {
  let before = 0;
  return counts.slice(0, -1).map((count) => (before += count));
}

/** No hash is at or above it. */
const end = (1n << 64n).toString(16);

/** Takes entities in the order of their hashes, and notes where those of a stratum reach its cuts. */
class Ranks {
  private readonly taken: number[];
  /** By stratum and part, the hash of the first entity that is behind the cut. */
  private readonly found: (string | undefined)[][];

  constructor(private readonly cuts: readonly (readonly number[])[]) {
    this.taken = cuts.map(() => 0);
    this.found = cuts.map(() => []);
  }

  next(pairs: Uint32Array, at: number): void {
    const stratum = pairs[at + 4]! - 1;
    const rank = this.taken[stratum]!;
    this.taken[stratum] = rank + 1;
    for (const [part, cut] of this.cuts[stratum]!.entries()) {
      if (cut === rank) this.found[stratum]![part] = wordText(pairs[at + 1]!, pairs[at]!);
    }
  }

  below(stratum: number): string[] {
    return this.cuts[stratum]!.map((_, part) => this.found[stratum]![part] ?? end);
  }
}

const wordText = (high: number, low: number): string =>
  ((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(16, '0');

/**
 * How many of each stratum's entities every part has: its share rounded up or down. Who gets those that rounding leaves is who
 * is furthest behind over all strata so far, so that the parts' totals keep the ratios, too.
 * @param shares in 10^-9; they add up to 1
 */
export function allocate(entities: readonly number[], shares: readonly number[]): number[][] {
  const unit = BigInt(positionsInAll);
  const due = shares.map(() => 0n);
  return entities.map((count) => {
    const wanted = shares.map((share) => BigInt(share) * BigInt(count));
    const counts = wanted.map((exact) => exact / unit);
    wanted.forEach((exact, part) => (due[part]! += exact - counts[part]! * unit));
    const left = count - Number(counts.reduce((sum, one) => sum + one, 0n));
    const behind = [...due.keys()]
      .filter((part) => wanted[part]! % unit > 0n)
      .sort((a, b) => Number(due[a]! < due[b]!) - Number(due[a]! > due[b]!) || a - b);
    for (const part of behind.slice(0, left)) {
      counts[part]! += 1n;
      due[part]! -= unit;
    }
    return counts.map(Number);
  });
}
