import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { noWork, workKinds } from '../../src/core/work.js';
import { WorkClock } from '../../src/lane/work-clock.js';

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('counts every moment once, whatever is done within what else', async () => {
  const begun = performance.now();
  const clock = new WorkClock();
  clock.begin();
  clock.during('encode', () => {
    busyFor(30);
    clock.during('digest', () => busyFor(50));
    busyFor(20);
  });
  busyFor(40);
  await clock.untilRoom(sleep(60));
  await sleep(30);
  const work = clock.taken();
  const passed = (performance.now() - begun) / 1000;
  expect(work.digest).toBeGreaterThanOrEqual(0.05);
  expect(work.encode).toBeGreaterThanOrEqual(0.05);
  expect(work.room).toBeGreaterThanOrEqual(0.055);
  expect(work.wait).toBeGreaterThan(0);
  const sum = workKinds.reduce((seconds, kind) => seconds + work[kind], 0);
  expect(sum).toBeLessThanOrEqual(passed + 0.005);
  expect(sum).toBeGreaterThan(passed - 0.05);
});

it('begins anew when it was asked, and where what is done fails', () => {
  const clock = new WorkClock();
  expect(() =>
    clock.during('write', () => {
      busyFor(10);
      throw new Error('disk');
    }),
  ).toThrow('disk');
  busyFor(10);
  const { write, decode } = clock.taken();
  expect(write).toBeGreaterThanOrEqual(0.01);
  expect(decode).toBe(0);
  expect(clock.taken().write).toBe(0);
});

it('adds what other threads did, which is none of its own time', () => {
  const clock = new WorkClock();
  clock.add({ ...noWork, encode: 100, decode: 7 });
  clock.add({ ...noWork, encode: 1 });
  const { encode, decode, read } = clock.taken();
  expect([encode, decode]).toEqual([101, 7]);
  expect(read).toBeLessThan(10);
});
