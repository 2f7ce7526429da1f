import fs from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../core/errors.js';
import { changedScratch, type Scratch, type ScratchReader, type ScratchWriter } from '../core/scratch.js';

/** A folder of this run's own, as it travels to threads: its absolute path. */
export interface ScratchTicket {
  readonly folder: string;
}

/** Makes a folder of this run's own in `parent`, which is made too where it is missing. @throws scratch.io, scratch.full */
export function makeScratch(parent: string): ScratchTicket {
  const folder = attempt('make a folder in', parent, () => {
    fs.mkdirSync(parent, { recursive: true });
    return fs.mkdtempSync(join(parent, 'tidemark-'));
  });
  return { folder };
}

/** Removes the folder with all that is in it, at once. Throws nothing: it is called when something else has failed. */
export function removeScratch({ folder }: ScratchTicket): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    // What stays is in a folder of the run's own name, and nobody reads it.
  }
}

/** Scratch files in a folder. */
export function openScratch({ folder }: ScratchTicket): Scratch {
  return {
    create: (name) => new FileWriter(join(folder, name)),
    open: (name) => new FileReader(join(folder, name)),
    remove: (name) => attempt('remove', join(folder, name), () => fs.rmSync(join(folder, name), { force: true })),
  };
}

class FileWriter implements ScratchWriter {
  private readonly fd: number;

  constructor(private readonly path: string) {
    this.fd = attempt('make', path, () => fs.openSync(path, 'w'));
  }

  write(bytes: Uint8Array): void {
    attempt('write', this.path, () => {
      for (let at = 0; at < bytes.length;) at += fs.writeSync(this.fd, bytes, at, bytes.length - at);
    });
  }

  close(): void {
    attempt('write', this.path, () => fs.closeSync(this.fd));
  }
}

class FileReader implements ScratchReader {
  private readonly fd: number;
  private buffer = new Uint8Array(0);

  constructor(private readonly path: string) {
    this.fd = attempt('read', path, () => fs.openSync(path, 'r'));
  }

  next(length: number): Uint8Array {
    if (this.buffer.length < length) this.buffer = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const count = attempt('read', this.path, () => fs.readSync(this.fd, this.buffer, at, length - at, null));
      if (count === 0) throw changedScratch(this.path);
      at += count;
    }
    return this.buffer.subarray(0, length);
  }

  close(): void {
    attempt('read', this.path, () => fs.closeSync(this.fd));
  }
}

function attempt<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const code = (cause as { code?: unknown } | null)?.code;
    if (typeof code !== 'string') throw cause;
    const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
    throw new TidemarkError(
      full ? 'scratch.full' : 'scratch.io',
      `cannot ${doing} ${path} for scratch data: ${full ? 'no space left' : (cause as Error).message} (${code})`,
      {
        cause,
        hint: 'Give a folder on a disk with room with --scratch. `tidemark plan` says how much a run may need.',
      },
    );
  }
}
