import net from 'node:net';
import { once } from 'node:events';
import type { Fault } from './subject.js';

/** What can happen to a connection: at the n-th piece that the server sends (`receive`) or is sent (`send`). */
export const networkKinds = ['receive: reset', 'receive: closed', 'send: reset', 'connect: refused'] as const;

/** A way to a server on which connections break. */
export class Network {
  private fault: Fault | undefined;
  private calls = 0;
  private met = 0;
  private readonly sockets = new Set<net.Socket>();

  private constructor(private readonly server: net.Server) {}

  static async to(host: string, port: number): Promise<Network> {
    const server = net.createServer({ allowHalfOpen: false });
    const network = new Network(server);
    server.on('connection', (client) => network.connect(client, net.connect(port, host)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return network;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  play(fault: Fault): void {
    [this.fault, this.calls, this.met] = [fault, 0, 0];
  }

  end(): { readonly calls: number; readonly met: number } {
    this.fault = undefined;
    return { calls: this.calls, met: this.met };
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private connect(client: net.Socket, server: net.Socket): void {
    const both = [client, server];
    const cut = (): void => both.forEach((socket) => void socket.destroy());
    for (const socket of both) {
      this.sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        cut();
        this.sockets.delete(socket);
      });
    }
    // What has no word about sessions: a request to cancel comes on a connection of its own, and counts as any.
    if (this.strikes('connect: refused')) return void client.resetAndDestroy();
    client.on('data', (bytes) => {
      if (this.strikes('send: reset')) client.resetAndDestroy();
      else server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (this.strikes('receive: reset')) client.resetAndDestroy();
      else if (this.strikes('receive: closed')) client.end();
      else client.write(bytes);
    });
  }

  private strikes(kind: (typeof networkKinds)[number]): boolean {
    if (this.fault?.kind !== kind) return false;
    this.calls += 1;
    if (this.calls !== this.fault.at && !(this.fault.always && this.calls > this.fault.at)) return false;
    this.met += 1;
    return true;
  }
}
