import net from 'node:net';

/** Bytes of the buffer that reads go into while nobody else offers one. */
const ownBufferBytes = 64 * 1024;

/**
 * After a read of fewer bytes than this, the socket is left alone for so many milliseconds, while more gathers in the
 * kernel's buffers: a read costs about the same however little it brings, here and, as it wakes somebody, at the server.
 */
const wellFilled = 128 * 1024;
const gatherFor = 1;

/** Takes the incoming bytes instead of the client's parser. */
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
 * The socket under a database's client: all bytes pass through here, so that rows can be taken before the client's parser.
 *
 * Plain connections read with `onread`: no stream buffering, and the bytes lie in the receiver's own buffer. TLS
 * connections ignore `onread`; the client wraps this socket into a TLSSocket, whose `data` events {@link adopt} redirects.
 */
export class Wire {
  readonly socket: net.Socket;
  private readonly ownBuffer = Buffer.allocUnsafeSlow(ownBufferBytes);
  private receiver: Receiver | undefined;
  /** What the client reads: this socket, or the TLSSocket around it. */
  private stream: net.Socket;
  private parsers: readonly DataListener[] | undefined;
  private silenceLimit = 0;
  /** Runs while more bytes gather. */
  private gathering: NodeJS.Timeout | undefined;

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

  /** Takes note of the stream that the client ended up with, and of its parser on it. Call it once, after the start-up. */
  adopt(stream: net.Socket): void {
    this.stream = stream;
    this.parsers = stream.listeners('data') as DataListener[];
    if (stream === this.socket) return;
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => {
      if (!this.receiver) this.toParsers(chunk);
      else if (!this.receiver.onBytes(chunk, chunk.length)) this.pause();
    });
  }

  /** Call it after {@link adopt}. `stalled` is called when silence has lasted as long as {@link limitSilence} said. */
  onStall(stalled: () => void): void {
    this.stream.on('timeout', stalled);
  }

  /** From now on, how many milliseconds may pass without a byte while the socket is read; 0: any. */
  limitSilence(milliseconds: number): void {
    this.silenceLimit = milliseconds;
    this.stream.setTimeout(milliseconds);
  }

  get encrypted(): boolean {
    return this.stream !== this.socket;
  }

  /** From now on bytes go to `receiver`. The client's parser must be between two messages, as it is between two queries. */
  takeOver(receiver: Receiver): void {
    if (this.receiver) throw new Error('the connection is taken over already');
    this.receiver = receiver;
  }

  /** Gives whole messages to the client's parser. The bytes are copied. */
  feedParser(bytes: Uint8Array): void {
    this.toParsers(Buffer.from(bytes));
  }

  /** Gives the connection back to the client. Call it inside `onBytes`: then no later read goes to the receiver's buffer. */
  release(): void {
    this.receiver = undefined;
  }

  /** Stops reading: the kernel's buffers fill up, and the server waits. Over TLS up to 64 KiB may still be read. */
  pause(): void {
    clearTimeout(this.gathering);
    this.stream.pause();
    this.stream.setTimeout(0);
  }

  resume(): void {
    this.stream.resume();
    this.stream.setTimeout(this.silenceLimit);
  }

  private plainBytes(length: number, bytes: Uint8Array): boolean {
    if (this.receiver) {
      const more = this.receiver.onBytes(bytes, length);
      if (!more) this.stream.setTimeout(0);
      const isSmall = length < Math.min(bytes.length, wellFilled);
      // No receiver any more: it has all that it was to get.
      if (!more || !isSmall || this.receiver === undefined) return more;
      this.gathering = setTimeout(() => this.stream.resume(), gatherFor);
      return false;
    }
    this.toParsers(Buffer.from(bytes.subarray(0, length)));
    return true;
  }

  private toParsers(bytes: Buffer): void {
    // Before adopt(): the start-up of a plain connection, and what comes before TLS.
    if (!this.parsers) this.socket.emit('data', bytes);
    else for (const parse of this.parsers) this.parseBy(parse, bytes);
  }

  /** What the parser throws, such as for a text that is too long, reaches whoever waits for an answer as an error of the socket. */
  private parseBy(parse: DataListener, bytes: Buffer): void {
    try {
      parse(bytes);
    } catch (error) {
      this.socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
