import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/source.js';
import { chooseThreads } from '../../src/snapshot/threads.js';

const mebibyte = 2 ** 20;
const cores = availableParallelism();

function table(ranges: number, sourceBytes: number | undefined, estimatedRows?: number): TablePlan {
  const list = Array.from({ length: ranges }, (_, i) => ({ label: String(i), detail: i }));
  return { name: 't', table: 't', query: undefined, columns: [], ranges: list, estimatedRows, sourceBytes };
}

describe('chooseThreads', () => {
  const large = { tables: [table(40, 1000 * mebibyte)], maxLanes: 16 };
  const query = { tables: [table(1, undefined)], maxLanes: 16 };

  it('fills the cores with lanes that encode by themselves', () => {
    const expected = { lanes: Math.min(cores, 16), encodersPerLane: 0 };
    expect(chooseThreads({ lanes: 'auto', memory: undefined }, large)).toEqual(expected);
  });

  it('has no more lanes than ranges, than the server can serve, or than were asked for', () => {
    const lanes = (asked: number | 'auto', ranges: number, maxLanes: number): number =>
      chooseThreads({ lanes: asked, memory: undefined }, { tables: [table(ranges, mebibyte)], maxLanes }).lanes;
    expect(lanes(7, 40, 16)).toBe(7);
    expect(lanes(7, 3, 16)).toBe(3);
    expect(lanes(7, 40, 2)).toBe(2);
    expect(lanes('auto', 1, 16)).toBe(1);
  });

  it.runIf(cores > 1)('gives a query, which is one statement, encoders on the other cores', () => {
    const { lanes, encodersPerLane } = chooseThreads({ lanes: 'auto', memory: undefined }, query);
    expect(lanes).toBe(1);
    expect(encodersPerLane).toBe(Math.min(cores - 1, 3));
  });

  it('starts no encoders for little', () => {
    const little = { tables: [table(1, 2 * mebibyte)], maxLanes: 16 };
    expect(chooseThreads({ lanes: 'auto', memory: undefined }, little).encodersPerLane).toBe(0);
  });

  it('keeps within the memory, but never without a lane', () => {
    expect(chooseThreads({ lanes: 5, memory: 300 * mebibyte }, large).lanes).toBe(2);
    expect(chooseThreads({ lanes: 5, memory: 200 * mebibyte }, large)).toEqual({ lanes: 1, encodersPerLane: 0 });
    expect(chooseThreads({ lanes: 'auto', memory: 250 * mebibyte }, query)).toEqual({ lanes: 1, encodersPerLane: 0 });
  });
});
