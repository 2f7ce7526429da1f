import { join } from 'node:path';
import { giveBack } from '../core/give-back.js';
import { changedScratch, type Scratch, type ScratchReader, type ScratchWriter } from '../core/scratch.js';
import type { FileSystem } from '../machine/file-system.js';
import { readAll } from '../machine/read.js';
import { writeAll } from '../machine/write.js';
import { asScratchFailure } from './failure.js';
import type { ScratchTicket } from './folder.js';

/** Scratch files in a run's own folder. */
export function openScratch(fs: FileSystem, { folder }: ScratchTicket): Scratch {
  return {
    create: (name) => new FileWriter(fs, join(folder, name)),
    open: (name) => new FileReader(fs, join(folder, name)),
    pathOf: (name) => join(folder, name),
    remove: (name) =>
      asScratchFailure('remove', join(folder, name), () => fs.rmSync(join(folder, name), { force: true })),
  };
}

class FileWriter implements ScratchWriter {
  private readonly fd: number;

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {
    this.fd = asScratchFailure('make', path, () => fs.openSync(path, 'w'));
  }

  write(bytes: Uint8Array): void {
    asScratchFailure('write', this.path, () => writeAll(this.fs, this.fd, bytes));
  }

  close(): void {
    asScratchFailure('write', this.path, () => this.fs.closeSync(this.fd));
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
    this.fd = asScratchFailure('read', path, () => fs.openSync(path, 'r'));
  }

  at(position: number, length: number): Uint8Array {
    this.position = position;
    return this.next(length);
  }

  next(length: number): Uint8Array {
    if (this.buffer.length < length) this.buffer = new Uint8Array(length);
    const wanted = this.buffer.subarray(0, length);
    const count = asScratchFailure('read', this.path, () => readAll(this.fs, this.fd, wanted, this.position));
    if (count < length) throw changedScratch(this.path);
    this.position += length;
    return wanted;
  }

  close(): void {
    asScratchFailure('read', this.path, () => this.fs.closeSync(this.fd));
    giveBack(this.buffer);
  }
}
