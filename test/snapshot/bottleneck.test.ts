import { expect, it } from 'vitest';
import { noWork, type WorkSeconds } from '../../src/core/work.js';
import { bottleneckOf } from '../../src/snapshot/bottleneck.js';

const work = (told: Partial<WorkSeconds>): WorkSeconds => ({ ...noWork, ...told });

it.each<[string, Partial<WorkSeconds>, number, ReturnType<typeof bottleneckOf>]>([
  [
    'lanes that wait for most of their time',
    { wait: 6, read: 1, decode: 1, encode: 2 },
    0,
    { at: 'source', share: 0.6 },
  ],
  ['lanes that do everything', { wait: 1, read: 1, decode: 2, encode: 3, write: 2 }, 0, { at: 'encode', share: 0.375 }],
  ['a disk that takes nothing', { wait: 2, read: 1, encode: 3, room: 4 }, 0, { at: 'destination', share: 0.4 }],
  [
    'encoders that are busy',
    { wait: 2, read: 2, write: 1, room: 5, decode: 4, encode: 5 },
    1,
    { at: 'encode', share: 5 / 12 },
  ],
  [
    'encoders that wait for a disk',
    { wait: 2, read: 2, write: 1, room: 5, encode: 2 },
    1,
    { at: 'destination', share: 0.5 },
  ],
  [
    'encoders that wait for lanes that wait',
    { wait: 7, read: 2, write: 1, encode: 9 },
    1,
    { at: 'source', share: 0.7 },
  ],
  ['a lane that reads as fast as it can', { wait: 2, read: 7, write: 1, encode: 5 }, 1, { at: 'read', share: 7 / 13 }],
])('%s', (_, told, encodersPerLane, expected) => {
  const { at, share } = bottleneckOf(work(told), { encodersPerLane, cpuSeconds: 1000 })!;
  expect(at).toBe(expected!.at);
  expect(share).toBeCloseTo(expected!.share, 10);
});

it('nothing that was read is as fast as nothing', () => {
  expect(bottleneckOf(noWork, { encodersPerLane: 0, cpuSeconds: 1 })).toBeUndefined();
});

it('threads that are busy and have no core are as fast as the cores that others have too', () => {
  const busy = work({ wait: 2, read: 4, decode: 2, encode: 3, write: 1 });
  expect(bottleneckOf(busy, { encodersPerLane: 0, cpuSeconds: 5 })).toEqual({ at: 'cores', share: 0.5 });
  expect(bottleneckOf(busy, { encodersPerLane: 0, cpuSeconds: 9 })).toEqual({ at: 'read', share: 0.4 });
  expect(bottleneckOf({ ...busy, wait: 20 }, { encodersPerLane: 0, cpuSeconds: 5 })?.at).toBe('source');
});
