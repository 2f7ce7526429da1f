/** Positions in the ring's control words. */
const written = 0;
const read = 1;
const closed = 2;
/** 1: the writer waits for room. */
const waiting = 3;
/** 1: the reader waits for bytes: waking nobody costs, too. */
const listening = 4;

/** Milliseconds. */
const longestWait = 250;

const ringBytes = 1024 * 1024;
/** The reader is woken at once for so many bytes, for fewer when the socket has no more: waking a thread costs as much as a read. */
const worthWaking = 192 * 1024;
/** The least room that a read from the socket gets. */
const leastRoom = 64 * 1024;

/** Shared memory of a {@link RingWriter} and a {@link RingReader}, in whatever threads they are. */
export interface Ring {
  readonly control: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

export function newRing(): Ring {
  return { control: new SharedArrayBuffer(20), bytes: new SharedArrayBuffer(ringBytes) };
}

/** Both ends count bytes modulo 2^32; the ring's size divides that. */
abstract class RingEnd {
  protected readonly control: Int32Array;
  protected readonly bytes: Uint8Array;

  constructor(ring: Ring) {
    this.control = new Int32Array(ring.control);
    this.bytes = new Uint8Array(ring.bytes);
  }

  protected get used(): number {
    return (Atomics.load(this.control, written) - Atomics.load(this.control, read)) >>> 0;
  }

  /** Waits until the other end has moved on from `seen`; not for ever, since {@link close} moves nothing. */
  protected async moved(word: number, seen: number): Promise<void> {
    const { async, value } = Atomics.waitAsync(this.control, word, seen, longestWait);
    if (async) await value;
  }

  /** Wakes both ends: nothing more is written, or nothing more is read. */
  close(): void {
    Atomics.store(this.control, closed, 1);
    Atomics.notify(this.control, written);
    Atomics.notify(this.control, read);
  }

  get isClosed(): boolean {
    return Atomics.load(this.control, closed) === 1;
  }
}

/** The end that a socket writes to. */
export class RingWriter extends RingEnd {
  private waking: NodeJS.Immediate | undefined;

  /** Where the next bytes belong. Where there is less room than a read wants, it is that of bytes that are not read yet: see {@link hasRoom}. */
  space(): Uint8Array {
    const at = Atomics.load(this.control, written) & (ringBytes - 1);
    const untilEnd = ringBytes - at;
    return this.bytes.subarray(at, at + Math.min(untilEnd, Math.max(leastRoom, ringBytes - this.used)));
  }

  /** Whether all of {@link space} may be written to. */
  get hasRoom(): boolean {
    return this.used <= ringBytes - leastRoom;
  }

  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.bytes.buffer;
  }

  /** `length` bytes were written into {@link space}. */
  wrote(length: number): void {
    Atomics.add(this.control, written, length);
    // A reader that begins to wait after this looks once more at what was written.
    if (Atomics.load(this.control, listening) === 0) return;
    if (this.used >= worthWaking) this.wakeReader();
    else
      this.waking ??= setImmediate(() => {
        this.waking = undefined;
        this.wakeReader();
      });
  }

  private wakeReader(): void {
    if (Atomics.exchange(this.control, listening, 0) === 1) Atomics.notify(this.control, written);
  }

  /** Resolves when there is room, or the ring is closed. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.isClosed) {
      const seen = Atomics.load(this.control, read);
      Atomics.store(this.control, waiting, 1);
      if (!this.hasRoom) await this.moved(read, seen);
    }
  }

  /** Copies bytes in, where there is room for all of them. */
  takes(bytes: Uint8Array): boolean {
    if (this.used + bytes.length > ringBytes) return false;
    const at = Atomics.load(this.control, written) & (ringBytes - 1);
    const first = Math.min(bytes.length, ringBytes - at);
    this.bytes.set(bytes.subarray(0, first), at);
    this.bytes.set(bytes.subarray(first), 0);
    this.wrote(bytes.length);
    return true;
  }

  /** Copies bytes in that are fewer than the ring has, waiting for room. */
  async write(bytes: Uint8Array): Promise<void> {
    while (!this.isClosed && !this.takes(bytes)) {
      const seen = Atomics.load(this.control, read);
      Atomics.store(this.control, waiting, 1);
      if (this.used + bytes.length > ringBytes) await this.moved(read, seen);
    }
  }
}

/** The end that a lane reads from. */
export class RingReader extends RingEnd {
  /** Bytes that are there, in one piece; waits for some. Undefined: the ring was closed, and none are left. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      // Asked for first: what is written before the ring is closed must be found.
      const { isClosed } = this;
      const seen = Atomics.load(this.control, written);
      const { used } = this;
      if (used > 0) {
        const at = Atomics.load(this.control, read) & (ringBytes - 1);
        return this.bytes.subarray(at, at + Math.min(used, ringBytes - at));
      }
      if (isClosed) return undefined;
      Atomics.store(this.control, listening, 1);
      await this.moved(written, seen);
    }
  }

  /** So many bytes of {@link next} are not needed any more. */
  done(length: number): void {
    Atomics.add(this.control, read, length);
    if (Atomics.exchange(this.control, waiting, 0) === 1) Atomics.notify(this.control, read);
  }
}
