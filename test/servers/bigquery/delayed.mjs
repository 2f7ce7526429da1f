import { connect, createServer } from 'node:net';
import { once } from 'node:events';

/**
 * A TCP proxy before a local port that holds back each direction's bytes: half a round trip each.
 * @param {number} port
 * @param {number} milliseconds of each direction
 * @returns {Promise<{ port: number, stop(): void }>}
 */
export async function delayed(port, milliseconds) {
  const open = new Set();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      open.add(from);
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), milliseconds));
      from.on('close', () => {
        open.delete(from);
        setTimeout(() => to.destroy(), milliseconds);
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
  return { port: server.address().port, stop };
}
