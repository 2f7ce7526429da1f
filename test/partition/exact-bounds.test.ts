import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/machine/machine.js';
import { allocate, exactBounds } from '../../src/partition/exact/bounds.js';
import { openScratch } from '../../src/scratch/files.js';
import { makeScratch } from '../../src/scratch/folder.js';
import { emptyFolder } from '../support/cli.js';

const unit = 1_000_000_000;

/** Shares in 10^-9 that add up to 1. */
const anyShares = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 }).map((weights) => {
  const total = weights.reduce((sum, one) => sum + one, 0);
  const shares = weights.map((weight) => Math.max(1, Math.floor((weight * unit) / total)));
  return [...shares.slice(1), unit - shares.slice(1).reduce((sum, one) => sum + one, 0)];
});

describe('how many entities of a stratum a part has', () => {
  it('is its share, rounded up or down, and all of them are in a part', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5000 }), { maxLength: 40 }), anyShares, (entities, shares) => {
        for (const [stratum, counts] of allocate(entities, shares).entries()) {
          expect(counts.reduce((sum, one) => sum + one, 0)).toBe(entities[stratum]);
          for (const [part, count] of counts.entries()) {
            const exact = BigInt(shares[part]!) * BigInt(entities[stratum]!);
            const off = BigInt(count * unit) - exact;
            expect(off > -BigInt(unit) && off < BigInt(unit), `${count} for ${exact}`).toBe(true);
          }
        }
      }),
    );
  });

  it('keeps the totals of the parts near their shares, also where strata are small', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 300 }), anyShares, (entities, shares) => {
        const total = entities.reduce((sum, one) => sum + one, 0);
        const counts = allocate(entities, shares);
        for (const [part, share] of shares.entries()) {
          const inPart = counts.reduce((sum, of) => sum + of[part]!, 0);
          expect(Math.abs(inPart - (total * share) / unit)).toBeLessThan(2);
        }
      }),
    );
  });

  it('is what people count', () => {
    expect(allocate([200], [700_000_000, 150_000_000, 150_000_000])).toEqual([[140, 30, 30]]);
    expect(allocate([1, 1, 1, 1], [750_000_000, 250_000_000])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(allocate([0], [500_000_000, 500_000_000])).toEqual([[0, 0]]);
  });
});

describe('bounds', () => {
  const ticket = makeScratch(thisMachine, emptyFolder('bounds'));
  const scratch = openScratch(thisMachine.fs, ticket);
  const parts = [
    { name: 'train', below: 700_000_000 },
    { name: 'validation', below: 850_000_000 },
    { name: 'test', below: unit },
  ];

  /** By stratum, hashes of entities: the first word, and the second. */
  type Hashes = readonly (readonly (readonly [bigint, bigint])[])[];

  function boundsOf(hashes: Hashes) {
    const all = hashes.flatMap((own, stratum) => own.map(([a, b]) => ({ a, b, stratum })));
    const chunk = new Uint8Array(all.length * 20);
    const view = new DataView(chunk.buffer);
    for (const [i, { a, b, stratum }] of all.entries()) {
      view.setBigUint64(20 * i, a, true);
      view.setBigUint64(20 * i + 8, b, true);
      view.setUint32(20 * i + 16, stratum + 1, true);
    }
    const strata = hashes.map((own, stratum) => ({
      values: [String(stratum)],
      entities: new Set(own.map(String)).size,
    }));
    return exactBounds(
      parts,
      { records: all.length, read: () => [chunk, chunk.slice(0, 20)].slice(0, all.length), strata },
      scratch,
    );
  }

  function expectExact(hashes: Hashes): void {
    for (const [stratum, { values, entities, below }] of boundsOf(hashes).entries()) {
      expect(values).toEqual([String(stratum)]);
      const cuts = below.map((text) => BigInt(`0x${text}`));
      const distinct = [...new Map(hashes[stratum]!.map((hash) => [String(hash), hash[0]])).values()];
      const found = parts.map(
        (_, part) => distinct.filter((a) => cuts.filter((cut) => a >= cut).length === part).length,
      );
      expect(found).toEqual(entities);
    }
  }

  it('have as many entities between them as were to be', () => {
    const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const hash = fc.tuple(word, fc.constant(7n));
    fc.assert(fc.property(fc.array(fc.array(hash, { maxLength: 60 }), { maxLength: 5 }), expectExact));
  });

  it('are the same by way of scratch files, which go', () => {
    const before = readdirSync(ticket.folder);
    const hashes = Array.from({ length: 3 }, (_, stratum) =>
      Array.from({ length: 400_000 / (stratum + 1) }, (_, i) => {
        return [BigInt.asUintN(64, BigInt(3 * i + stratum + 1) * 0x9e37_79b9_7f4a_7c15n), 7n] as const;
      }),
    );
    expectExact(hashes);
    expect(readdirSync(ticket.folder)).toEqual(before);
  });
});
