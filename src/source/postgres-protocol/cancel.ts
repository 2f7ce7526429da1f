import net from 'node:net';
import type pg from 'pg';
import type { HostSettings } from './settings.js';

/**
 * CancelRequest (PostgreSQL manual, "Message Formats"): int32 length 16, int32 80877102, int32 process, int32 secret. It
 * goes unencrypted, as libpq's `PQcancel` sends it, and carries nothing but the key of one session. Whoever takes it closes
 * the connection when the request is passed on; a pooler forgets it if we close first.
 */
export function sendCancel(client: pg.Client, host: HostSettings): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return Promise.resolve();
  const message = Buffer.alloc(16);
  for (const [i, word] of [16, 80877102, processID, secretKey].entries()) message.writeInt32BE(word | 0, i * 4);
  return new Promise((resolve) => {
    const socket = host.host.startsWith('/')
      ? net.connect(`${host.host}/.s.PGSQL.${host.port}`)
      : net.connect(host.port, host.address ?? host.host);
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('connect', () => socket.write(message));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
