import type { StrictS3 } from '../../servers/s3/strict.js';
import type { Player } from './sweep.js';

/** What a store can do to the n-th request. */
const faults = {
  'store: 503': { status: 503 },
  'store: cut before': { cut: 'before' },
  'store: cut after': { cut: 'after' },
} as const;
export const storeKinds = Object.keys(faults) as readonly (keyof typeof faults)[];

const often = 1_000_000;

export function storePlayer(store: StrictS3): Player {
  let times = 0;
  let skip = 0;
  let before = 0;
  return {
    pace: 400,
    async play({ kind, at, always }) {
      [times, skip] = [always ? often : 1, at - 1];
      before = (await store.contents()).requests.length;
      await store.play({ ...faults[kind as keyof typeof faults], skip, times });
    },
    async end() {
      const { requests, left } = await store.contents();
      await store.play();
      const calls = requests.length - before;
      return { calls, met: left === 0 ? 1 : Math.max(0, calls - skip) };
    },
  };
}
