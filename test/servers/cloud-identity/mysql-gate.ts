// The beginning of MySQL's protocol, as RDS and Cloud SQL speak it: the server switches to `mysql_clear_password`, and looks at the token.
// Behind the gate is nothing: who is let in can say goodbye.
import type net from 'node:net';
import tls from 'node:tls';
import { packets } from '../../source/mysql/packets.js';
import { type Gate, type GateSettings, secured, type SeenLogin, startGate } from './gate.js';

/** CLIENT_SSL. */
const withTls = 0x800;
/** PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, CONNECT_WITH_DB, TRANSACTIONS. */
const capabilities = 0x200 | 0x8000 | 0x80000 | 0x8 | 0x2000;

export function startMysqlGate({ secure, letsIn }: GateSettings): Promise<Gate> {
  return startGate((plain, logins: SeenLogin[]) => {
    let sequence = 0;
    plain.write(greeting(capabilities | (secure === undefined ? 0 : withTls)));
    const login = (socket: net.Socket, response: Buffer): void => {
      const user = textAt(response, 4 + 32);
      sequence = response[3]! + 1;
      socket.write(packets(Buffer.from('\xfemysql_clear_password\0', 'latin1'), sequence));
      socket.once('data', (answer: Buffer) => {
        const seen = { user, token: textAt(answer, 4), encrypted: socket instanceof tls.TLSSocket };
        logins.push(seen);
        if (letsIn(seen)) socket.write(packets(Buffer.from([0, 0, 0, 2, 0, 0, 0]), sequence + 2));
        // More than a server would say.
        else socket.end(packets(refusal(`Access denied for user '${user}'@'h' with ${seen.token}`), sequence + 2));
      });
    };
    plain.once('data', (bytes: Buffer) => {
      if (secure === undefined || (bytes.readUInt32LE(4) & withTls) === 0) return login(plain, bytes);
      // The SSLRequest is 32 bytes behind its head; what follows it may have come with it.
      plain.pause();
      if (bytes.length > 36) plain.unshift(bytes.subarray(36));
      const socket = secured(plain, secure);
      socket.once('data', (response: Buffer) => login(socket, response));
    });
  });
}

function greeting(flags: number): Buffer {
  const [low, high] = [Buffer.alloc(2), Buffer.alloc(2)];
  low.writeUInt16LE(flags & 0xffff);
  high.writeUInt16LE(flags >>> 16);
  const scramble = Buffer.alloc(20, 'x');
  return packets(
    Buffer.concat([
      Buffer.from('\x0a8.0.40\0', 'latin1'),
      Buffer.from([1, 0, 0, 0]),
      scramble.subarray(0, 8),
      Buffer.from([0]),
      low,
      // utf8mb4; autocommit.
      Buffer.from([45, 2, 0]),
      high,
      Buffer.from([21]),
      Buffer.alloc(10),
      scramble.subarray(8),
      Buffer.from('\0mysql_native_password\0', 'latin1'),
    ]),
  );
}

/** ER_ACCESS_DENIED_ERROR. */
const refusal = (text: string): Buffer =>
  Buffer.concat([Buffer.from('\xff\x15\x04#28000', 'latin1'), Buffer.from(text)]);

const textAt = (bytes: Buffer, at: number): string => bytes.toString('utf8', at, bytes.indexOf(0, at));
