import type { RingWriter } from './ring.js';

/**
 * Has bytes of a socket flow into a ring. While the ring has no room the socket is not read, and the server waits.
 */
export class RingPump {
  private writing: Promise<void> | undefined;

  /** @param resume reads on from the socket */
  constructor(
    private readonly ring: RingWriter,
    private readonly resume: () => void,
  ) {}

  /** `length` bytes came, in {@link RingWriter.space} or elsewhere. @returns whether the socket may be read on; otherwise it is resumed when there is room */
  received(bytes: Uint8Array, length: number): boolean {
    const { ring } = this;
    if (ring.isClosed) return true;
    if (!ring.holds(bytes)) return this.copied(bytes.subarray(0, length));
    ring.wrote(length);
    return ring.hasRoom || this.resumeAfter(ring.room());
  }

  /** Bytes that were read elsewhere: over TLS some may still come after the socket was paused. */
  copied(bytes: Uint8Array): boolean {
    const { ring, writing } = this;
    if (writing === undefined && ring.takes(bytes)) return ring.hasRoom || this.resumeAfter(ring.room());
    // A copy: that of a Buffer's `slice` would be none.
    const kept = new Uint8Array(bytes);
    return this.resumeAfter((writing ?? Promise.resolve()).then(() => ring.write(kept)));
  }

  private resumeAfter(done: Promise<void>): false {
    this.writing = done;
    void done.then(() => {
      if (this.writing !== done) return;
      this.writing = undefined;
      this.resume();
    });
    return false;
  }
}
