import net from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands between a client and a server that sends so many bytes a second over each connection.
 * @returns the server's URL by that way, and how it is closed
 */
export async function slowServer(url, bytesPerSecond) {
  const { hostname, port } = new URL(url);
  const slowly = () =>
    new Transform({
      transform: (bytes, _, done) => void sleep((1000 * bytes.length) / bytesPerSecond).then(() => done(null, bytes)),
    });
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    client.pipe(upstream);
    upstream.pipe(slowly()).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ])
      one.on('error', () => undefined).on('close', () => other.destroy());
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const slow = new URL(url);
  slow.port = String(server.address().port);
  return { url: slow.href, close: () => server.close() };
}
