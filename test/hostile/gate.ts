import net from 'node:net';

/**
 * A way to the server that stops in the middle: once lanes have brought `after` bytes, no lane brings any more until the
 * gate is opened. So whatever happens meanwhile happens during the run, and no race is hoped for.
 */
export class Gate {
  /** Resolves when the lanes stand still. */
  readonly reached: Promise<void>;
  private stop!: () => void;
  private bytes = 0;
  private closed = false;
  private readonly waiting = new Set<net.Socket>();
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly target: { readonly host: string; readonly port: number },
    private readonly after: number,
  ) {
    this.reached = new Promise((resolve) => (this.stop = resolve));
    server.on('connection', (client) => this.connect(client));
  }

  static async open(url: string, after: number): Promise<Gate> {
    const { hostname, port } = new URL(url);
    const server = net.createServer();
    const gate = new Gate(server, { host: hostname, port: Number(port) }, after);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  /** The same URL, through the gate. */
  url(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((this.server.address() as net.AddressInfo).port);
    return through.href;
  }

  /** Lets everything pass, from now on. */
  release(): void {
    this.closed = true;
    this.stop();
    for (const socket of this.waiting) socket.resume();
    this.waiting.clear();
  }

  async close(): Promise<void> {
    this.release();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(client: net.Socket): void {
    const upstream = net.connect(this.target);
    let isLane = false;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
    }
    client.on('data', (bytes) => {
      // The start-up message carries the session's application_name.
      isLane ||= bytes.includes('tidemark lane');
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      client.write(bytes);
      if (!isLane || this.closed) return;
      this.bytes += bytes.length;
      if (this.bytes < this.after) return;
      this.stop();
      this.waiting.add(upstream);
      upstream.pause();
    });
  }
}
