/** So many bins have about as many values each. */
const bins = 10;
/** Of values without an order, those that come most often are told apart. */
const mostCategories = 20;
/** A value that comes more rarely is not told apart: the share of such values in another sample is chance. */
const leastOfCategory = 10;
/** Of fewer sampled rows the index is mostly chance: two samples of the same rows, in eleven bins, differ by 10 · (1/n + 1/m) on average. */
const leastSample = 500;
/** A bin that one side has nothing in counts as if it had so much: its logarithm would be infinite. */
const leastShare = 1e-4;

/**
 * The population stability index of two samples of a column: Σ (b − a) · ln(b / a) over bins, of which NULL is one. Where values have an order, bins are
 * between tenths of the first sample; else they are its most frequent values, and one for all others. By custom, less than 0.1 is taken for
 * no change, and more than 0.25 for a large one.
 * @param isOrdered whether the numbers lie on a line
 * @returns undefined where it would mean nothing: one of both is small, or no value comes often enough to have a bin
 */
export function stabilityIndex(from: Float64Array, to: Float64Array, isOrdered: boolean): number | undefined {
  if (Math.min(from.length, to.length) < leastSample) return undefined;
  const binOf = isOrdered ? orderedBins(from) : categoryBins(from);
  if (binOf === undefined) return undefined;
  const [before, after] = [shares(from, binOf), shares(to, binOf)];
  let index = 0;
  for (const bin of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before, after].map((side) => Math.max(side.get(bin) ?? 0, leastShare)) as [number, number];
    index += (b - a) * Math.log(b / a);
  }
  return index;
}

/** Bins by number; −1 is that of NULL. */
type BinOf = (value: number) => number;

const ofNull = -1;

function orderedBins(sample: Float64Array): BinOf {
  const sorted = sample.filter((value) => !Number.isNaN(value)).sort();
  const tenths = Array.from({ length: bins - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]!);
  // A value that is more than a tenth of all stands for several bounds.
  const bounds = [...new Set(sorted.length === 0 ? [] : tenths)];
  return (value) => {
    if (Number.isNaN(value)) return ofNull;
    let bin = 0;
    while (bin < bounds.length && value >= bounds[bin]!) bin += 1;
    return bin;
  };
}

/** @returns undefined: there are values, and each is rare */
function categoryBins(sample: Float64Array): BinOf | undefined {
  const counts = new Map<number, number>();
  for (const value of sample) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts]
    .filter(([, count]) => count >= leastOfCategory)
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, mostCategories);
  if (frequent.length === 0 && counts.size > 0) return undefined;
  const numbers = new Map(frequent.map(([value], index) => [value, index]));
  return (value) => (Number.isNaN(value) ? ofNull : (numbers.get(value) ?? mostCategories));
}

function shares(sample: Float64Array, binOf: BinOf): Map<number, number> {
  const found = new Map<number, number>();
  for (const value of sample) {
    const bin = binOf(value);
    found.set(bin, (found.get(bin) ?? 0) + 1 / sample.length);
  }
  return found;
}
