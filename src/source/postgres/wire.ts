import net from 'node:net';
import type { Duplex } from 'node:stream';

/** Bytes of the buffer that reads go into while nobody else offers one. */
const OWN_BUFFER = 64 * 1024;

/** Takes the incoming bytes instead of pg's parser. */
export interface Receiver {
  /**
   * `length` bytes came, at the start of `bytes`; they are valid until the call returns. `false` stops reading from the
   * socket until {@link Wire.resume}.
   */
  onBytes(bytes: Uint8Array, length: number): boolean;
  /**
   * Where the next bytes shall be read to. Asked right after each {@link onBytes} (also after one that said `false`). Over
   * TLS it is never asked: Node makes a chunk of its own for every record, and `onBytes` gets that.
   */
  nextBuffer?(): Uint8Array;
}

type DataListener = (chunk: Buffer) => void;

/**
 * The socket under a pg client: all bytes pass through here, so that a COPY can take them before pg's parser.
 *
 * Plain connections read with `onread`: no stream buffering, and the bytes lie in the receiver's own buffer. TLS
 * connections ignore `onread`; pg wraps this socket into a TLSSocket, whose `data` events {@link adopt} redirects.
 */
export class Wire {
  readonly socket: net.Socket;
  private readonly ownBuffer = Buffer.allocUnsafeSlow(OWN_BUFFER);
  private receiver: Receiver | undefined;
  /** What pg reads: this socket, or the TLSSocket around it. */
  private stream: Duplex;
  private parsers: readonly DataListener[] | undefined;

  constructor() {
    const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
      onread: {
        buffer: () => this.receiver?.nextBuffer?.() ?? this.ownBuffer,
        callback: (length, bytes) => this.plainBytes(length, bytes),
      },
    };
    this.socket = new net.Socket(options);
    this.stream = this.socket;
  }

  /** Takes note of the stream that pg ended up with, and of pg's parser on it. Call it once, after the start-up. */
  adopt(stream: Duplex): void {
    this.stream = stream;
    this.parsers = stream.listeners('data') as DataListener[];
    if (stream === this.socket) return;
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => {
      if (!this.receiver) this.toParsers(chunk);
      else if (!this.receiver.onBytes(chunk, chunk.length)) this.pause();
    });
  }

  get encrypted(): boolean {
    return this.stream !== this.socket;
  }

  /** From now on bytes go to `receiver`. pg's parser must be between two messages, as it is between two queries. */
  takeOver(receiver: Receiver): void {
    if (this.receiver) throw new Error('the connection is taken over already');
    this.receiver = receiver;
  }

  /** Gives whole messages to pg's parser. The bytes are copied. */
  feedParser(bytes: Uint8Array): void {
    this.toParsers(Buffer.from(bytes));
  }

  /** Gives the connection back to pg. Call it inside `onBytes`: then no later read goes to the receiver's buffer. */
  release(): void {
    this.receiver = undefined;
  }

  /** Stops reading: the kernel's buffers fill up, and the server waits. Over TLS up to 64 KiB may still be read. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  private plainBytes(length: number, bytes: Uint8Array): boolean {
    if (this.receiver) return this.receiver.onBytes(bytes, length);
    this.toParsers(Buffer.from(bytes.subarray(0, length)));
    return true;
  }

  private toParsers(bytes: Buffer): void {
    // Before adopt(): the answer to SSLRequest, for which pg listens once, and the start-up of a plain connection.
    if (!this.parsers) this.socket.emit('data', bytes);
    else for (const parse of this.parsers) parse(bytes);
  }
}
