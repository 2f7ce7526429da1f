import { type Hash, createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TidemarkError } from '../../core/errors.js';
import { destinationFailure, tolerate } from './failure.js';
import { writeAll } from './sync.js';

export interface ClosedShardFile {
  readonly bytes: number;
  /** Of the whole file, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * A shard being written into the staging folder. Writing is synchronous, for worker threads: the caller's bytes are
 * taken when `write` returns. Every method throws destination.full, destination.denied or destination.io; call
 * `discard` then.
 */
export interface ShardFile {
  readonly path: string;
  /** Bytes given so far. */
  readonly bytes: number;
  write(bytes: Uint8Array): void;
  /** Returns when the file is on the disk. */
  close(): ClosedShardFile;
  /** Like `close`, but the thread can go on while the disk works; the file is on the disk when the promise resolves. */
  finish(): Promise<ClosedShardFile>;
  /** Closes and removes the file. May be called at any time, also twice; does nothing to a file that was closed well. */
  discard(): void;
}

/** Bytes gathered before they are hashed and written; larger pieces are not copied. */
const bufferSize = 2 ** 18;
const spareBuffers: Buffer[] = [];
const mostSpareBuffers = 8;

const fsyncLater = promisify(fs.fsync);

/** Makes the file `name` in `folder`. A name is used once: a second attempt at the same range takes another. */
export function createShardFile(folder: string, name: string): ShardFile {
  return new StagedShardFile(join(folder, name));
}

class StagedShardFile implements ShardFile {
  readonly #hash: Hash = createHash('sha256');
  #fd: number | undefined;
  #buffer: Buffer | undefined;
  #gathered = 0;
  #onDisk = 0;
  #done = false;
  bytes = 0;

  constructor(readonly path: string) {
    try {
      this.#fd = fs.openSync(path, 'wx');
    } catch (thrown) {
      throw destinationFailure(thrown, 'make', path);
    }
  }

  write(bytes: Uint8Array): void {
    const fd = this.#open();
    this.bytes += bytes.length;
    if (this.#gathered + bytes.length > bufferSize) this.#flush(fd);
    if (bytes.length >= bufferSize) {
      this.#put(fd, bytes);
      return;
    }
    this.#buffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
    this.#buffer.set(bytes, this.#gathered);
    this.#gathered += bytes.length;
  }

  close(): ClosedShardFile {
    const fd = this.#open();
    this.#flush(fd);
    try {
      fs.fsyncSync(fd);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    return this.#end(fd);
  }

  async finish(): Promise<ClosedShardFile> {
    const fd = this.#open();
    this.#flush(fd);
    this.#giveBuffer();
    try {
      await fsyncLater(fd);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    return this.#end(this.#open());
  }

  discard(): void {
    if (this.#done) return;
    this.#done = true;
    this.#giveBuffer();
    const fd = this.#fd;
    this.#fd = undefined;
    // Whatever goes wrong here, the staging folder goes as a whole when the run is aborted.
    if (fd !== undefined) tolerate(['EIO', 'ENOSPC', 'EDQUOT', 'EBADF'], () => fs.closeSync(fd));
    tolerate(['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EIO'], () => fs.unlinkSync(this.path));
  }

  #open(): number {
    if (this.#fd === undefined) throw new TidemarkError('internal.bug', `the shard ${this.path} is closed already`);
    return this.#fd;
  }

  #flush(fd: number): void {
    if (this.#buffer === undefined || this.#gathered === 0) return;
    const bytes = this.#buffer.subarray(0, this.#gathered);
    this.#gathered = 0;
    this.#put(fd, bytes);
  }

  #put(fd: number, bytes: Uint8Array): void {
    this.#hash.update(bytes);
    try {
      writeAll(fd, bytes, (count) => {
        this.#onDisk += count;
      });
    } catch (thrown) {
      throw this.#failure(thrown);
    }
  }

  #end(fd: number): ClosedShardFile {
    this.#giveBuffer();
    this.#fd = undefined;
    try {
      // Network file systems may tell of a full disk only here.
      fs.closeSync(fd);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    this.#done = true;
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }

  #giveBuffer(): void {
    if (this.#buffer !== undefined && spareBuffers.length < mostSpareBuffers) spareBuffers.push(this.#buffer);
    this.#buffer = undefined;
  }

  #failure(thrown: unknown): TidemarkError {
    return destinationFailure(thrown, 'write', this.path, this.#onDisk);
  }
}
