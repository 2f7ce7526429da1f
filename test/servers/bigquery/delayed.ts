import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Delayed {
  readonly port: number;
  stop(): void;
}

/** A TCP proxy before a local port that holds back each direction's bytes for some milliseconds: half a round trip each. */
export async function delayed(port: number, ms: number): Promise<Delayed> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), ms));
      from.on('close', () => {
        open.delete(from);
        setTimeout(() => to.destroy(), ms);
      });
      from.on('error', () => undefined);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
