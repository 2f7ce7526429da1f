// A PostgreSQL behind a gate that asks for the password as it is, as RDS and Cloud SQL do, and lets tokens in.
import net from 'node:net';
import tls from 'node:tls';
import { errorMessage, message, textAt } from '../redshift/messages.js';
import { type Gate, type GateSettings, secured, type SeenLogin, startGate } from './gate.js';

const [sslRequest, cancelRequest] = [80_877_103, 80_877_102];
/** AuthenticationCleartextPassword. */
const cleartext = Buffer.from([0, 0, 0, 3]);

type Settings = GateSettings & { readonly upstream: { readonly host: string; readonly port: number } };

export function startPostgresGate({ upstream, secure, letsIn }: Settings): Promise<Gate> {
  const goOn = (socket: net.Socket, first: Buffer): void => {
    const server = net.connect(upstream.port, upstream.host);
    server.on('error', () => socket.destroy());
    socket.on('close', () => server.destroy());
    server.write(first);
    socket.pipe(server).pipe(socket);
  };
  const hello = (socket: net.Socket, logins: SeenLogin[]): void => {
    socket.once('data', (bytes: Buffer) => {
      const code = bytes.readInt32BE(4);
      if (code === cancelRequest) return goOn(socket, bytes);
      if (code === sslRequest) {
        socket.write(secure === undefined ? 'N' : 'S');
        return hello(secure === undefined ? socket : secured(socket, secure), logins);
      }
      const user = textAt(bytes, textAt(bytes, 8).next).text;
      socket.write(message('R', cleartext));
      socket.once('data', (answer: Buffer) => {
        const login = { user, token: textAt(answer, 5).text, encrypted: socket instanceof tls.TLSSocket };
        logins.push(login);
        if (letsIn(login)) goOn(socket, bytes);
        // What RDS says, and more than it would say.
        else socket.end(errorMessage('28000', `PAM authentication failed for user "${user}" with ${login.token}`));
      });
    });
  };
  return startGate(hello);
}
