import { describe, expect, it } from 'vitest';
import { stabilityIndex } from '../../../src/core/sketch/stability.js';

const sample = (length: number, of: (at: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, at) => of(at));

describe('the stability index', () => {
  it('is 0 of the same values, ordered or not', () => {
    const values = sample(1000, (at) => at % 40);
    expect([stabilityIndex(values, values, true), stabilityIndex(values, values, false)]).toEqual([0, 0]);
  });

  it('is not told of fewer than 500 sampled rows on either side', () => {
    const [few, enough] = [499, 500].map((length) => sample(length, (at) => at % 5)) as [Float64Array, Float64Array];
    for (const ordered of [true, false]) {
      expect(stabilityIndex(few, enough, ordered)).toBeUndefined();
      expect(stabilityIndex(enough, few, ordered)).toBeUndefined();
      expect(stabilityIndex(enough, enough, ordered)).toBe(0);
    }
  });

  it('is not told of values without an order of which none comes often', () => {
    const unique = sample(5000, (at) => at);
    expect(stabilityIndex(unique, unique, false)).toBeUndefined();
    expect(
      stabilityIndex(
        unique,
        sample(5000, () => 1),
        false,
      ),
    ).toBeUndefined();
    expect(
      stabilityIndex(
        sample(5000, (at) => at % 556),
        unique,
        false,
      ),
    ).toBeUndefined();
    expect(
      stabilityIndex(
        sample(5000, (at) => at % 500),
        unique,
        false,
      ),
    ).toBeGreaterThan(0);
    expect(stabilityIndex(unique, unique, true)).toBe(0);
  });

  it('has a bin for NULL, of which there may be nothing else', () => {
    const nulls = sample(1000, () => NaN);
    expect(stabilityIndex(nulls, nulls, false)).toBe(0);
    const half = sample(1000, (at) => (at % 2 === 0 ? NaN : 1));
    expect(stabilityIndex(half, half, false)).toBe(0);
    expect(stabilityIndex(half, nulls, false)).toBeGreaterThan(1);
  });

  it('takes an empty bin for 0.01 %', () => {
    const [one, other] = [sample(1000, () => 1), sample(1000, (at) => (at < 500 ? 1 : 2))];
    const share = (a: number, b: number): number => (b - a) * Math.log(b / a);
    expect(stabilityIndex(one, other, false)).toBeCloseTo(share(1, 0.5) + share(1e-4, 0.5), 10);
  });

  it('of samples of the same rows is small', () => {
    let state = 1;
    const random = (): number => (state = (Math.imul(state, 48271) >>> 0) % 2147483647) / 2147483647;
    for (const values of [3, 30, 60, 300]) {
      const [from, to] = [0, 0].map(() => sample(1000, () => Math.floor(random() * values))) as [
        Float64Array,
        Float64Array,
      ];
      for (const ordered of [true, false]) expect(stabilityIndex(from, to, ordered) ?? 0).toBeLessThan(0.1);
    }
  });
});
