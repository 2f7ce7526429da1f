import { join } from 'node:path';
import { changedScratch, type Scratch, type ScratchReader, type ScratchWriter } from '../core/scratch.js';
import type { FileSystem } from '../machine/file-system.js';
import { writeAll } from '../machine/write.js';
import { attempt } from './failure.js';
import type { ScratchTicket } from './folder.js';

/** Scratch files in a run's own folder. */
export function openScratch(fs: FileSystem, { folder }: ScratchTicket): Scratch {
  return {
    create: (name) => new FileWriter(fs, join(folder, name)),
    open: (name) => new FileReader(fs, join(folder, name)),
    remove: (name) => attempt('remove', join(folder, name), () => fs.rmSync(join(folder, name), { force: true })),
  };
}

class FileWriter implements ScratchWriter {
  private readonly fd: number;

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {
    this.fd = attempt('make', path, () => fs.openSync(path, 'w'));
  }

  write(bytes: Uint8Array): void {
    attempt('write', this.path, () => writeAll(this.fs, this.fd, bytes));
  }

  close(): void {
    attempt('write', this.path, () => this.fs.closeSync(this.fd));
  }
}

class FileReader implements ScratchReader {
  private readonly fd: number;
  private buffer = new Uint8Array(0);
  private position = 0;

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {
    this.fd = attempt('read', path, () => fs.openSync(path, 'r'));
  }

  at(position: number, length: number): Uint8Array {
    this.position = position;
    return this.next(length);
  }

  next(length: number): Uint8Array {
    if (this.buffer.length < length) this.buffer = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const count = attempt('read', this.path, () =>
        this.fs.readSync(this.fd, this.buffer, at, length - at, this.position),
      );
      if (count === 0) throw changedScratch(this.path);
      at += count;
      this.position += count;
    }
    return this.buffer.subarray(0, length);
  }

  close(): void {
    attempt('read', this.path, () => this.fs.closeSync(this.fd));
  }
}
