// A PostgreSQL that looks like Redshift: statements are looked at on their way, answers are changed on their way back.
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Faults } from '../faults.mjs';
import { translated } from './dialect.js';
import { errorMessage, fieldsIn, type Message, message, Messages, textAt, valuesIn, withTypes } from './messages.js';
import { parseUnload, refusalOf, type Unload, type UnloadedColumn, type UnloadedRow } from './unload.js';

const [sslRequest, cancelRequest] = [80_877_103, 80_877_102];
/** AuthenticationCleartextPassword. */
const cleartext = Buffer.from([0, 0, 0, 3]);

export interface ProxyFault {
  /** A regular expression: the next statement that it fits. */
  readonly sql?: string;
  /** The connection breaks after so many bytes of the answer. */
  readonly cutAfter?: number;
  /** So many milliseconds between pieces of the answer. */
  readonly slow?: number;
  /** What an UNLOAD is refused with. */
  readonly refuse?: string;
}

export interface ProxySeen {
  readonly statements: string[];
  readonly logins: Readonly<Record<string, unknown>>[];
  open: number;
}

interface Settings {
  readonly upstream: { readonly host: string; readonly port: number };
  /** PEM texts. */
  readonly secure: { readonly key: string; readonly cert: string };
  /** Redshift's id of a type. */
  typeOf(oid: number): number;
  letsIn(user: string, password: string): boolean;
  readonly faults: Faults<ProxyFault>;
  /** Writes what a statement unloads. */
  unload(unload: Unload, columns: readonly UnloadedColumn[], rows: readonly UnloadedRow[]): Promise<void>;
}

/** An UNLOAD on its way: its inner query runs in the same session. */
interface Unloading {
  readonly unload: Unload;
  columns: readonly UnloadedColumn[];
  readonly rows: UnloadedRow[];
  failed: boolean;
}

type Around = Settings & { readonly seen: ProxySeen };

export async function startProxy(
  settings: Settings,
): Promise<{ readonly port: number; readonly seen: ProxySeen; stop(): void }> {
  const seen: ProxySeen = { statements: [], logins: [], open: 0 };
  const server = net.createServer({ noDelay: true }, (socket) => new Visit({ ...settings, seen }).begin(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, seen, stop: () => void server.close() };
}

/** One client, from its first byte on. */
class Visit {
  private client!: net.Socket;
  private server!: net.Socket;
  private readonly toServer = new Messages();
  private readonly toClient = new Messages();
  /** Errors that are told in the place of PostgreSQL's. */
  private readonly refusals: Buffer[] = [];
  private unloading: Unloading | undefined;
  private fault: { cutAfter?: number | undefined; slow?: number | undefined } | undefined;

  constructor(private readonly around: Around) {}

  begin(socket: net.Socket): void {
    socket.on('error', () => undefined);
    socket.once('data', (bytes: Buffer) => this.hello(socket, bytes));
  }

  private hello(socket: net.Socket, bytes: Buffer): void {
    const code = bytes.readInt32BE(4);
    if (code === sslRequest) {
      socket.write('S');
      this.begin(new tls.TLSSocket(socket, { isServer: true, ...this.around.secure }));
    } else if (code === cancelRequest) {
      const { port, host } = this.around.upstream;
      const server = net.connect(port, host, () => server.end(bytes));
      server.on('error', () => undefined);
    } else this.login(socket, bytes);
  }

  private login(socket: net.Socket, startup: Buffer): void {
    const given = startupParameters(startup);
    this.around.seen.logins.push({ ...given, secure: socket instanceof tls.TLSSocket });
    socket.write(message('R', cleartext));
    socket.once('data', (answer: Buffer) => {
      const user = given['user'] ?? '';
      if (this.around.letsIn(user, textAt(answer, 5).text)) this.connect(socket, startupMessage(given));
      else socket.end(errorMessage('28000', `password authentication failed for user "${user}"`));
    });
  }

  private connect(socket: net.Socket, startup: Buffer): void {
    const { upstream, seen } = this.around;
    this.client = socket;
    this.server = net.connect({ ...upstream, noDelay: true });
    this.server.on('error', () => socket.destroy());
    this.server.write(startup);
    seen.open += 1;
    socket.on('data', (part: Buffer) => {
      for (const one of this.toServer.take(part)) this.server.write(this.asked(one));
    });
    this.server.on('data', (part: Buffer) => this.answer(part));
    socket.on('close', () => {
      seen.open -= 1;
      this.server.destroy();
    });
    this.server.on('close', () => socket.destroy());
  }

  private asked({ type, bytes }: Message): Buffer {
    if (type !== 'Q' && type !== 'P') return bytes;
    const name = type === 'P' ? textAt(bytes, 5) : { text: '', next: 5 };
    const query = textAt(bytes, name.next);
    this.around.seen.statements.push(query.text);
    const fault = this.around.faults.take(({ sql }) => sql !== undefined && new RegExp(sql).test(query.text));
    if (fault !== undefined) this.fault = { ...fault };
    const unload = type === 'Q' ? parseUnload(query.text) : undefined;
    const refusal = unload && (fault?.refuse ?? refusalOf(unload));
    if (unload !== undefined && refusal === undefined) {
      this.unloading = { unload, columns: [], rows: [], failed: false };
      return message('Q', unload.query);
    }
    if (refusal !== undefined) this.refusals.push(errorMessage('XX000', refusal));
    const found = refusal === undefined ? translated(query.text) : { sql: 'refused' };
    if ('code' in found) this.refusals.push(errorMessage(found.code, found.text));
    // What is refused fails where PostgreSQL itself would, so that the transaction is what it would be.
    const sql = 'code' in found ? 'refused' : found.sql;
    return type === 'Q' ? message(type, sql) : message(type, name.text, sql, bytes.subarray(query.next));
  }

  private answer(bytes: Buffer): void {
    const answers = this.toClient.take(bytes).map((one) => (this.unloading ? this.unloaded(one) : this.answered(one)));
    this.send(Buffer.concat(answers));
  }

  /** Nothing of the inner query reaches the client but its errors. */
  private unloaded(one: Message): Buffer {
    const at = this.unloading!;
    if (one.type === 'T') at.columns = fieldsIn(one).map((field) => ({ ...field, own: this.around.typeOf(field.oid) }));
    if (one.type === 'D') at.rows.push(valuesIn(one));
    if (one.type === 'E') at.failed = true;
    if (one.type === 'Z') {
      this.unloading = undefined;
      if (at.failed) return one.bytes;
      const ready = Buffer.from(one.bytes);
      this.around.unload(at.unload, at.columns, at.rows).then(
        () => this.send(Buffer.concat([message('C', 'UNLOAD'), ready])),
        (thrown: Error) => this.send(Buffer.concat([errorMessage('XX000', thrown.message), ready])),
      );
    }
    return one.type === 'E' ? one.bytes : Buffer.alloc(0);
  }

  private send(answer: Buffer): void {
    if (answer.length === 0) return;
    const { cutAfter, slow } = this.fault ?? {};
    if (cutAfter !== undefined && cutAfter < answer.length) {
      this.client.write(answer.subarray(0, cutAfter));
      this.client.destroy();
      return;
    }
    if (cutAfter !== undefined) this.fault!.cutAfter = cutAfter - answer.length;
    const goOn = this.client.write(answer);
    if (goOn && slow === undefined) return;
    this.server.pause();
    if (slow === undefined) this.client.once('drain', () => this.server.resume());
    else setTimeout(() => this.server.resume(), slow);
  }

  private answered(one: Message): Buffer {
    const { type, bytes } = one;
    if (type === 'D') return bytes;
    if (type === 'T') return withTypes(one, (oid) => this.around.typeOf(oid));
    if (type === 'E') return this.refusals.shift() ?? bytes;
    // The server says no number of rows.
    if (type === 'C' && textAt(bytes, 5).text.startsWith('SELECT')) return message('C', 'SELECT');
    if (type === 'S' && textAt(bytes, 5).text === 'server_version') return message('S', 'server_version', '8.0.2');
    return bytes;
  }
}

/** What clients say that PostgreSQL knows; Amazon's own say more. */
const known = ['user', 'database', 'application_name', 'client_encoding', 'options'];

function startupMessage(given: Readonly<Record<string, string>>): Buffer {
  const kept = Object.entries(given).filter(([name]) => known.includes(name));
  const body = Buffer.from(`${kept.map((pair) => pair.map((text) => `${text}\0`).join('')).join('')}\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

function startupParameters(startup: Buffer): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (let at = 8; startup[at] !== 0;) {
    const name = textAt(startup, at);
    const value = textAt(startup, name.next);
    given[name.text] = value.text;
    at = value.next;
  }
  return given;
}
