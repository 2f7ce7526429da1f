import { TidemarkError } from '../../core/errors.js';
import type { LongRow } from '../../core/long-row-error.js';
import type { RowGroupBounds } from '../../core/row-group-bounds.js';
import type { FrameSink } from '../../core/source.js';

/** Bytes of the buffer that the socket reads into. Small enough to stay in the cache between receiving and decoding. */
const bufferBytes = 512 * 1024;
/** Whole frames of at least this many bytes are handed over at once. */
const handOverBytes = 192 * 1024;
/** The least room that a read gets. */
const leastRoom = 64 * 1024;

const mebibyte = 1024 * 1024;

const copyData = 0x64; // 'd'
const dataRow = 0x44; // 'D'
const commandComplete = 0x43; // 'C'
const errorResponse = 0x45; // 'E'
const readyForQuery = 0x5a; // 'Z'

/** How rows come: which messages they are, whether a header comes before the first, and which messages come after the last. */
interface Framing {
  readonly row: number;
  readonly hasHeader: boolean;
  readonly last: readonly number[];
}

/** Of `COPY … TO STDOUT (FORMAT binary)`. */
export const copyFraming: Framing = { row: copyData, hasHeader: true, last: [commandComplete, errorResponse] };
/** Of a SELECT: rows come as DataRow messages, which are framed alike. */
export const selectFraming: Framing = { row: dataRow, hasHeader: false, last: [readyForQuery] };

/** Of a row: how many fields it has, and before each field its length; −1: NULL. */
const fieldCount = 2;
const fieldLength = 4;
/** Message type (1) and length (4). */
const messageHeader = 5;
/** Signature `PGCOPY\n\377\r\n\0` (11), flags (4), length of the header extension (4). */
const copySignature = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00];
const copyHeader = copySignature.length + 8;
/** A CopyData message that holds the trailer alone: a field count of −1. */
const trailerLength = messageHeader + 2;

/**
 * Takes the bytes of one statement's rows and hands whole row frames on. The server sends every row as a message of its
 * own (PostgreSQL manual, "COPY Operations", "Message Formats"): its type, int32 length, row. Only those are looked at
 * here; every other message goes to pg's own parser.
 *
 * The socket reads straight into {@link space}; {@link received} walks what came. Bytes lie like this:
 *
 *     0 … start        handed over already
 *     start … walked   whole frames of the row group at hand
 *     walked … end     the beginning of a frame
 */
export class RowReceiver {
  private buffer = new Uint8Array(bufferBytes);
  private start = 0;
  private walked = 0;
  private end = 0;
  private count = 0;
  private headerSeen: boolean;
  /** Rows handed over so far. */
  rows = 0;
  /** The sink still looks at bytes that were handed over. */
  private waiting = false;

  constructor(
    private readonly bounds: RowGroupBounds,
    private readonly sink: FrameSink,
    private readonly others: {
      /** Gets whole messages that are no rows, and all bytes after the rows have ended. */
      passOn(bytes: Uint8Array): void;
      /** Called once, before the message that ends the rows is passed on. */
      ended(): void;
    },
    private readonly framing = copyFraming,
  ) {
    this.headerSeen = !framing.hasHeader;
  }

  /** Where the next bytes from the socket belong: at least 64 KiB of room. */
  space(): Uint8Array {
    if (this.buffer.length - this.end < leastRoom) this.makeRoom();
    return this.buffer.subarray(this.end);
  }

  /** Takes up to 64 KiB that were read into another buffer; otherwise as {@link received}. */
  receivedElsewhere(bytes: Uint8Array): void | Promise<void> {
    this.space().set(bytes);
    return this.received(bytes.length);
  }

  /** Whether bytes were read into {@link space}. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.buffer.buffer;
  }

  /** `length` bytes were read into {@link space}. A promise means: do not read on before it resolves. */
  received(length: number): void | Promise<void> {
    this.end += length;
    const wait = this.walk();
    if (!wait) return;
    this.waiting = true;
    return wait.then(() => {
      this.waiting = false;
    });
  }

  private walk(): void | Promise<void> {
    const wait = this.walkFrames();
    if (wait) return wait;
    if (this.walked - this.start >= handOverBytes) return this.handOver();
  }

  /** Nothing stands behind its loop: docs/decisions/speed.md. */
  private walkFrames(): void | Promise<void> {
    const { buffer } = this;
    while (this.end - this.walked >= messageHeader) {
      const at = this.walked;
      const length = 1 + int32(buffer, at + 1);
      if (length < messageHeader)
        throw new TidemarkError('source.protocol', `the server sent a message of ${length} bytes`);
      if (at + length > this.end) {
        // So much of it is there that its long value has most likely begun.
        const isKnown = buffer[at] === this.framing.row && this.end - at >= leastRoom;
        if (isKnown) this.bounds.assertRoom(length, () => this.longValue());
        break;
      }
      const isRow = buffer[at] === this.framing.row && this.headerSeen;
      if (!isRow || (length === trailerLength && this.framing.hasHeader)) {
        const wait = this.control(at, length);
        if (wait) return wait.then(() => this.walk());
        continue;
      }
      if (this.bounds.startsNew(length)) {
        const wait = this.cut();
        this.walked = at + length;
        this.count = 1;
        if (wait) return wait.then(() => this.walk());
        continue;
      }
      this.walked = at + length;
      this.count += 1;
    }
  }

  /** Everything that is not a row: the COPY header and trailer, and other messages. */
  private control(at: number, length: number): void | Promise<void> {
    if (this.buffer[at] !== this.framing.row) return this.otherMessage(at, length);
    if (this.headerSeen) {
      const wait = this.handOver();
      this.skipTo(at + length);
      return wait;
    }
    this.checkSignature(at + messageHeader, length - messageHeader);
    this.headerSeen = true;
    const rest = length - messageHeader - copyHeader;
    // The first row may share the header's message: a message of its own is made of what follows the header.
    if (rest > 0) this.writeHeader(at + copyHeader, rest);
    this.skipTo(rest > 0 ? at + copyHeader : at + length);
  }

  private otherMessage(at: number, length: number): void | Promise<void> {
    const last = this.framing.last.includes(this.buffer[at]!);
    const wait = this.handOver();
    const pass = (): void => {
      // While the sink waited, the bytes may have moved: `walked` moved with them, `at` did not.
      const from = this.walked;
      const to = last ? this.end : from + length;
      if (last) this.others.ended();
      this.others.passOn(this.buffer.slice(from, to));
      this.skipTo(to);
    };
    if (wait) return wait.then(pass);
    pass();
  }

  private cut(): void | Promise<void> {
    const wait = this.handOver();
    return wait ? wait.then(() => this.sink.cut()) : this.sink.cut();
  }

  private handOver(): void | Promise<void> {
    const { start, walked, count } = this;
    this.start = walked;
    this.count = 0;
    this.rows += count;
    if (count > 0) return this.sink.rows(this.buffer, start, walked, count);
  }

  private skipTo(position: number): void {
    this.start = this.walked = position;
  }

  /** Moves what is not handed over yet to the front; into a larger buffer when one frame does not fit. */
  private makeRoom(): void {
    const kept = this.end - this.start;
    const frame = this.end - this.walked >= messageHeader ? 1 + int32(this.buffer, this.walked + 1) : 0;
    const needed = Math.max(this.walked - this.start + frame + leastRoom, kept + leastRoom);
    const size = needed <= bufferBytes ? bufferBytes : Math.ceil(needed / mebibyte) * mebibyte;
    if (size === this.buffer.length && !this.waiting) this.buffer.copyWithin(0, this.start, this.end);
    else {
      const larger = new Uint8Array(size);
      larger.set(this.buffer.subarray(this.start, this.end));
      this.buffer = larger;
    }
    this.walked -= this.start;
    this.end = kept;
    this.start = 0;
  }

  /** The value in the frame at hand of which not all has come; undefined: it is not the one that makes the frame long. */
  private longValue(): LongRow['value'] {
    const { buffer, end } = this;
    const row = this.walked + messageHeader + (this.headerSeen ? 0 : copyHeader);
    const frame = 1 + int32(buffer, this.walked + 1);
    for (let at = row + fieldCount, column = 0; at + fieldLength <= end; column += 1) {
      const bytes = int32(buffer, at);
      at += fieldLength + Math.max(0, bytes);
      if (at > end) return 2 * bytes > frame ? { column, bytes } : undefined;
    }
    return undefined;
  }

  private writeHeader(at: number, payload: number): void {
    this.buffer[at] = copyData;
    new DataView(this.buffer.buffer, this.buffer.byteOffset).setInt32(at + 1, payload + 4);
  }

  private checkSignature(at: number, length: number): void {
    const right = length >= copyHeader && copySignature.every((byte, i) => this.buffer[at + i] === byte);
    // Flags and extension length: eight zero bytes in every version of the format so far.
    const plain = right && this.buffer.subarray(at + copySignature.length, at + copyHeader).every((b) => b === 0);
    if (!plain)
      throw new TidemarkError('source.protocol', 'the server sent a COPY header that is not of binary format');
  }
}

/** Big-endian. */
function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
