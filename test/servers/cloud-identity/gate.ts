import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

/** One login, as a gate saw it. */
export interface SeenLogin {
  readonly user: string;
  readonly token: string;
  readonly encrypted: boolean;
}

export interface GateSettings {
  /** PEM texts; undefined: the gate speaks no TLS. */
  readonly secure: { readonly key: string; readonly cert: string } | undefined;
  letsIn(login: SeenLogin): boolean;
}

export interface Gate {
  readonly port: number;
  readonly logins: readonly SeenLogin[];
  stop(): void;
}

/** Where clients come in. @param welcome talks to one of them, and notes its login */
export async function startGate(welcome: (socket: net.Socket, logins: SeenLogin[]) => void): Promise<Gate> {
  const logins: SeenLogin[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    welcome(socket, logins);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, logins, stop: () => void server.close() };
}

/** The server's side of TLS over a socket that has spoken in plain until now. */
export function secured(socket: net.Socket, secure: NonNullable<GateSettings['secure']>): tls.TLSSocket {
  return new tls.TLSSocket(socket, { isServer: true, ...secure }).on('error', () => undefined);
}
