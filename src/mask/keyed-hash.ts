import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256, and of what it gives. */
const blockBytes = 64;
const hashBytes = 32;

/**
 * HMAC-SHA-256 (RFC 2104) of many short values by one key. Twice as fast as one `Hmac` of `node:crypto` for each, of which every
 * one is an object outside of JavaScript's memory.
 */
export class KeyedHash {
  /** The key's inner block, what all values begin with, and room for a value. */
  private inner: Buffer;
  /** The key's outer block, and room for the inner hash. */
  private readonly outer: Buffer;
  private readonly begin: number;

  /** @param prefix what comes before every value */
  constructor(key: string, prefix: string) {
    const block = Buffer.alloc(blockBytes);
    const bytes = Buffer.from(key);
    block.set(bytes.length > blockBytes ? hash('sha256', bytes, 'buffer') : bytes);
    this.inner = Buffer.concat([block.map((byte) => byte ^ 0x36), Buffer.from(prefix)]);
    this.outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(hashBytes)]);
    this.begin = this.inner.length;
  }

  /** In hexadecimal digits. @param value bytes, or a text of one byte for each character */
  of(value: Uint8Array | string): string {
    const end = this.begin + value.length;
    if (end > this.inner.length) this.grow(end);
    if (typeof value === 'string') this.inner.write(value, this.begin, 'latin1');
    else this.inner.set(value, this.begin);
    // As a text, since making a buffer of it takes longer than the hash.
    this.outer.write(hash('sha256', this.inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
    return hash('sha256', this.outer, 'hex');
  }

  private grow(size: number): void {
    const larger = Buffer.alloc(Math.max(size, 2 * this.inner.length));
    larger.set(this.inner);
    this.inner = larger;
  }
}
