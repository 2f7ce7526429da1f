import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import { Channel } from '../../src/member/channel.js';
import { decodeWord, encodeWord } from '../../src/member/words.js';
import { MemoryDestination } from '../ports/memory-destination.js';

/** Both ends of a channel, and the time, which stands still unless it is moved. */
function ends(): {
  readonly one: Channel<unknown, unknown>;
  readonly two: Channel<unknown, unknown>;
  readonly destination: MemoryDestination;
  pass(milliseconds: number): void;
} {
  const destination = new MemoryDestination();
  let now = 1_000;
  const clock: Clock = {
    now: () => now,
    date: () => new Date(0),
    sleep: async () => undefined,
    every: () => () => undefined,
  };
  const { store } = destination;
  const channel = (own: string, other: string): Channel<unknown, unknown> =>
    new Channel({ store, clock, own, other, patience: 60_000 });
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { one: channel('memory:/a', 'memory:/b'), two: channel('memory:/b', 'memory:/a'), destination, pass };
}

describe('a channel', () => {
  it('brings all messages in their order, each once, however often both look', async () => {
    const { one, two } = ends();
    const sent = Array.from({ length: 40 }, (_, index) => ({ index, large: 2n ** 70n, bytes: Uint8Array.of(index) }));
    const come: unknown[] = [];
    for (const [index, message] of sent.entries()) {
      one.send(message);
      if (index % 3 === 0) await one.exchange();
      if (index % 5 !== 0) continue;
      for (let look = 0; look <= index % 2; look += 1) come.push(...((await two.exchange()) as unknown[]));
    }
    for (let look = 0; look < 3; look += 1) {
      await one.exchange();
      come.push(...((await two.exchange()) as unknown[]));
    }
    expect(come).toEqual(sent);
    await one.exchange();
    expect([await two.exchange(), await one.exchange()]).toEqual([[], []]);
  });

  it('goes both ways at once', async () => {
    const { one, two } = ends();
    one.send({ says: 'ping' });
    two.send({ says: 'pong' });
    await one.exchange();
    expect(await two.exchange()).toEqual([{ says: 'ping' }]);
    expect(await one.exchange()).toEqual([{ says: 'pong' }]);
  });

  it('tells how long the other side is silent, which gives signs of life where it has nothing to say', async () => {
    const { one, two, pass } = ends();
    await two.exchange();
    await one.exchange();
    expect(one.silence).toBe(0);
    pass(4_000);
    await two.exchange();
    await one.exchange();
    expect(one.silence).toBe(4_000);
    pass(1_000);
    await two.exchange();
    await one.exchange();
    expect(one.silence).toBe(0);
    pass(90_000);
    await one.exchange();
    expect(one.silence).toBe(90_000);
  });

  it('tells when what the other side wrote is no more, and then writes nothing', async () => {
    const { one, two, destination } = ends();
    expect(await one.exchange()).toEqual([]);
    two.send({ says: 'last' });
    await two.exchange();
    expect(await one.exchange()).toEqual([{ says: 'last' }]);
    destination.files.clear();
    one.send({ says: 'too late' });
    expect(await one.exchange()).toBe('gone');
    expect([...destination.files.keys()]).toEqual([]);
  });

  it('takes no other file for word', async () => {
    const letter = { beat: 1, taken: 0, first: 0, messages: [] };
    const noLetters = [
      null,
      [],
      { ...letter, beat: -1 },
      { ...letter, messages: ['a'] },
      { ...letter, messages: { length: 1e9 } },
    ].map((one) => encodeWord(one));
    const { one, destination } = ends();
    for (const bytes of [Buffer.alloc(0), Buffer.from('{}'), encodeWord({ beat: 1 }).subarray(0, 20), ...noLetters]) {
      destination.files.set('memory:/b', Buffer.from(bytes));
      await expect(one.exchange()).rejects.toMatchObject({
        code: 'destination.io',
        message: 'memory:/b is not what a member of the run has written',
      });
    }
    expect(decodeWord(encodeWord({ a: undefined, b: [1n] }), 'here')).toEqual({ a: undefined, b: [1n] });
  });
});
