import net from 'node:net';
import { readIntoBuffers } from './tls-buffers.js';

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
   * Where the next bytes shall be read to. Asked right after each {@link onBytes} (over plain connections also after one that said
   * `false`). Bytes that came over TLS after that lie elsewhere.
   */
  nextBuffer?(): Uint8Array;
}

type DataListener = (chunk: Buffer) => void;

/**
 * The socket under a database's client: all bytes pass through here, so that rows can be taken before the client's parser.
 *
 * Connections read with `onread`: no stream buffering, and the bytes lie in the receiver's own buffer. For TLS the client wraps
 * this socket into a TLSSocket, which {@link adopt} has read in the same way.
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
  /** Nobody takes bytes until {@link resume}. */
  private halted = false;
  /** Records of TLS that came meanwhile; up to 64 KiB. */
  private late: Uint8Array[] = [];

  constructor() {
    const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
      onread: {
        buffer: () => this.nextBuffer(),
        callback: (length, bytes) => this.read(length, bytes),
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
    if (readIntoBuffers(stream, this.socket)) stream.resume();
    else stream.on('data', (chunk: Buffer) => this.take(chunk));
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
    this.halt();
  }

  resume(): void {
    this.halted = false;
    while (this.late.length > 0 && !this.halted) this.take(this.late.shift()!);
    if (this.halted) return;
    this.stream.resume();
    this.stream.setTimeout(this.silenceLimit);
  }

  private halt(): void {
    this.halted = true;
    this.stream.setTimeout(0);
  }

  /** While nobody takes bytes, records of TLS may still come: not into the receiver's buffer, where bytes lie that it has not gone through. */
  private nextBuffer(): Uint8Array {
    if (this.halted && this.encrypted) return this.ownBuffer;
    return this.receiver?.nextBuffer?.() ?? this.ownBuffer;
  }

  /** Bytes that nobody else writes into. */
  private take(chunk: Uint8Array): void {
    if (!this.receiver) this.toParsers(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    else if (!this.receiver.onBytes(chunk, chunk.length)) this.pause();
  }

  private read(length: number, bytes: Uint8Array): boolean {
    if (this.halted) {
      // A copy: that of a Buffer's `slice` would be none.
      this.late.push(new Uint8Array(bytes.subarray(0, length)));
      return false;
    }
    if (this.receiver) {
      const more = this.receiver.onBytes(bytes, length);
      if (!more) this.halt();
      const isSmall = length < Math.min(bytes.length, wellFilled);
      // A record of TLS is always small. No receiver any more: it has all that it was to get.
      if (!more || !isSmall || this.encrypted || this.receiver === undefined) return more;
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
