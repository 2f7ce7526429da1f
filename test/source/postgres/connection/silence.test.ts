import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { OpenSource, RowSink } from '../../../../src/core/source.js';
import { openLane } from '../../../../src/source/postgres/read/lane.js';
import { never, OpenFixture, table } from '../open-fixture.js';

/** A way to the server that can be made to carry nothing any more while it stays open. */
class Mute {
  private readonly sockets = new Set<net.Socket>();

  private constructor(private readonly server: net.Server) {}

  static async to(url: string): Promise<Mute> {
    const { hostname, port } = new URL(url);
    const mute: Mute = new Mute(net.createServer((client) => mute.join(client, net.connect(Number(port), hostname))));
    await new Promise<void>((resolve) => mute.server.listen(0, '127.0.0.1', resolve));
    return mute;
  }

  url(url: string): string {
    return Object.assign(new URL(url), { port: String((this.server.address() as net.AddressInfo).port) }).href;
  }

  mute(): void {
    for (const socket of this.sockets) socket.pause();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(...[one, other]: [net.Socket, net.Socket]): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => to.write(bytes));
    }
  }
}

const limits = { rows: 1000, bytes: 1 << 20 };

/** What a sink may do with rows that nobody wants. */
const sink = (rows: RowSink['rows']): RowSink => ({ rows, cut: () => undefined, batch: () => undefined });

describe.each(['copy', 'cursor'])('a server that falls silent, by %s', (via) => {
  let at: OpenFixture;
  let way: Mute;
  beforeAll(async () => {
    at = await OpenFixture.create(inject('postgres18'));
    await at.db.query(`CREATE TABLE long AS SELECT g, repeat('x', 1000) AS filler FROM generate_series(1, 20000) g`);
  });
  beforeEach(async () => {
    way = await Mute.to(at.db.url);
  });
  afterEach(async () => {
    await at.settle();
    way.close();
  });
  afterAll(() => at.drop());

  const start = (stallLimit: number): Promise<OpenSource> =>
    at.open({ ...table('long'), via, stallLimit }, way.url(at.db.url));

  it('ends a lane that reads', async () => {
    const source = await start(400);
    const [plan] = source.tables;
    const lane = await openLane(source.ticket, never);
    const reading = lane.read(
      plan!,
      plan!.ranges[0]!,
      limits,
      sink(() => way.mute()),
    );
    await expect(reading).rejects.toMatchObject({
      code: 'source.timeout',
      retryable: false,
      message: 'reading rows: nothing came from the server for 0.4 s',
      hint: expect.stringContaining('--stall-limit') as unknown,
    });
    const began = performance.now();
    await lane.close();
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('is not a sink that takes its time', async () => {
    const source = await start(400);
    const [plan] = source.tables;
    const lane = await openLane(source.ticket, never);
    let rows = 0;
    let waits = 0;
    const slow = sink((_bytes, _start, _end, count) => {
      rows += count;
      return waits++ === 3 ? sleep(1500) : undefined;
    });
    await lane.read(plan!, plan!.ranges[0]!, limits, slow);
    await lane.close();
    expect({ rows, waited: waits > 3 }).toEqual({ rows: 20_000, waited: true });
  });

  it('ends a run whose rows are all there, and closing does not hang', async () => {
    const source = await start(400);
    way.mute();
    await expect(source.confirm([])).rejects.toMatchObject({ code: 'source.timeout' });
    await source.close();
  });

  it('does not keep a session from being closed', async () => {
    const source = await start(3_600_000);
    const lane = await openLane(source.ticket, never);
    way.mute();
    await Promise.all([lane.close(), source.close()]);
  });
});
