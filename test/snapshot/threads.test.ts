import { describe, expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/source.js';
import { chooseThreads, type LaneBudget, laneLimit } from '../../src/snapshot/threads.js';

const mebibyte = 2 ** 20;
const cores = 4;
const auto = { lanes: 'auto', memory: undefined, cores: { count: cores, heldBy: undefined } } as const;

function table(ranges: number, sourceBytes: number | undefined, estimatedRows?: number): TablePlan {
  const list = Array.from({ length: ranges }, (_, i) => ({ label: String(i), detail: i }));
  return { name: 't', table: 't', query: undefined, columns: [], ranges: list, estimatedRows, sourceBytes };
}

describe('chooseThreads', () => {
  const large = { tables: [table(40, 1000 * mebibyte)], maxLanes: 16 };
  const query = { tables: [table(1, undefined)], maxLanes: 16 };

  it('fills the cores with lanes that encode by themselves', () => {
    const expected = { lanes: Math.min(cores, 16), encodersPerLane: 0 };
    expect(chooseThreads(auto, large)).toEqual(expected);
  });

  it('has no more lanes than ranges, than the server can serve, or than were asked for', () => {
    const lanes = (asked: number | 'auto', ranges: number, maxLanes: number): number =>
      chooseThreads({ ...auto, lanes: asked }, { tables: [table(ranges, mebibyte)], maxLanes }).lanes;
    expect(lanes(7, 40, 16)).toBe(7);
    expect(lanes(7, 3, 16)).toBe(3);
    expect(lanes(7, 40, 2)).toBe(2);
    expect(lanes('auto', 1, 16)).toBe(1);
  });

  it('gives a query, which is one statement, encoders on the other cores', () => {
    const { lanes, encodersPerLane } = chooseThreads(auto, query);
    expect(lanes).toBe(1);
    expect(encodersPerLane).toBe(Math.min(cores - 1, 3));
  });

  it('starts no encoders for little', () => {
    const little = { tables: [table(1, 2 * mebibyte)], maxLanes: 16 };
    expect(chooseThreads(auto, little).encodersPerLane).toBe(0);
  });

  it('keeps within the memory, but never without a lane', () => {
    expect(chooseThreads({ ...auto, lanes: 5, memory: 300 * mebibyte }, large).lanes).toBe(2);
    expect(chooseThreads({ ...auto, lanes: 5, memory: 200 * mebibyte }, large)).toEqual({
      lanes: 1,
      encodersPerLane: 0,
    });
    expect(chooseThreads({ ...auto, memory: 250 * mebibyte }, query)).toEqual({ lanes: 1, encodersPerLane: 0 });
  });

  it('says why there are not more lanes', () => {
    const because = (plan: Partial<LaneBudget>, ranges = 40, maxLanes = 16): string =>
      laneLimit({ ...auto, ...plan }, { tables: [table(ranges, mebibyte)], maxLanes }).because;
    expect(because({})).toBe('as many as there are cores');
    expect(because({ cores: { count: 2, heldBy: 'VH_CPU_LIMIT' } })).toBe('as many cores as VH_CPU_LIMIT leaves');
    expect(because({ lanes: 3 })).toBe('as --lanes says');
    expect(because({}, 40, 2)).toBe('the server has no more connections to give');
    expect(because({}, 1)).toBe('what is read is one piece');
    expect(because({}, 3)).toBe('what is read is not in more pieces');
    expect(because({ memory: 250 * mebibyte })).toBe('--memory has room for no more');
  });
});
