import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TidemarkError } from '../../core/errors.js';
import { attempt, tolerate } from './failure.js';
import { metadataName } from './layout.js';
import { syncFolder, writeDurably } from './sync.js';

const newline = 0x0a; // \n
const mostAttempts = 100;

/** What was there, byte for byte, then the lines. A last line that lacks its newline gets one. */
export function appendLines(existing: Uint8Array, lines: readonly string[]): Buffer {
  if (lines.length === 0) return Buffer.from(existing);
  const endsOpen = existing.length > 0 && existing[existing.length - 1] !== newline;
  return Buffer.concat([existing, Buffer.from(`${endsOpen ? '\n' : ''}${lines.join('\n')}\n`)]);
}

/** Takes lines out again, each once; all other bytes stay as they are. */
export function removeLines(existing: Uint8Array, lines: readonly string[]): Buffer {
  const unwanted = [...lines];
  const kept = splitLines(existing).filter((line) => {
    const index = unwanted.indexOf(line.toString('utf8').replace(/\n$/, ''));
    if (index >= 0) unwanted.splice(index, 1);
    return index < 0;
  });
  return Buffer.concat(kept);
}

/** Those of `lines` that the file does not hold yet. */
export function missingLines(existing: Uint8Array, lines: readonly string[]): string[] {
  const present = new Set(splitLines(existing).map((line) => line.toString('utf8').replace(/\n$/, '')));
  return lines.filter((line) => !present.has(line));
}

/** Each line with its newline. */
function splitLines(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: Buffer[] = [];
  for (let start = 0; start < buffer.length;) {
    const at = buffer.indexOf(newline, start);
    const end = at < 0 ? buffer.length : at + 1;
    lines.push(buffer.subarray(start, end));
    start = end;
  }
  return lines;
}

const lineSchema = z.object({
  metadata: z.object({
    'valohai.dataset-versions': z.array(z.union([z.string(), z.object({ uri: z.string() }).transform((v) => v.uri)])),
  }),
});

/** Whether any line puts its file into the dataset version `uri`. Lines that are not JSON belong to others. */
export function namesVersion(existing: Uint8Array, uri: string): boolean {
  return splitLines(existing).some((line) => {
    const parsed = lineSchema.safeParse(jsonOrNothing(line.toString('utf8')));
    return parsed.success && parsed.data.metadata['valohai.dataset-versions'].includes(uri);
  });
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The bytes of the outputs folder's metadata file; empty where there is none. */
export function readMetadata(out: string): Buffer {
  const path = join(out, metadataName);
  return attempt('read', path, () => tolerate(['ENOENT'], () => fs.readFileSync(path))) ?? Buffer.alloc(0);
}

/**
 * A rewrite of the metadata file: prepared aside, on the disk before it takes the old one's place. Hold the lock. Other
 * programs know no lock, so what they write between `prepare` and `commit` is noticed and taken along.
 */
export class MetadataRewrite {
  readonly #path: string;
  #before: fs.BigIntStats | undefined;
  #previous: Buffer = Buffer.alloc(0);
  #written: Buffer = Buffer.alloc(0);

  constructor(
    out: string,
    private readonly temporary: string,
    private readonly lines: readonly string[],
  ) {
    if (lines.some((line) => line.includes('\n'))) {
      throw new TidemarkError('internal.bug', `a line of ${metadataName} holds a line break`);
    }
    const path = join(out, metadataName);
    // A link stays a link: what it points to is rewritten.
    this.#path = tolerate(['ENOENT'], () => fs.realpathSync(path)) ?? path;
  }

  prepare(): void {
    attempt('write the lines of', this.#path, () => {
      this.#before = this.#stat();
      this.#previous = tolerate(['ENOENT'], () => fs.readFileSync(this.#path)) ?? Buffer.alloc(0);
      this.#written = appendLines(this.#previous, this.lines);
      this.#writeAside(this.#written);
    });
  }

  commit(): void {
    for (let attempts = 0; changed(this.#before, this.#stat()); attempts += 1) {
      if (attempts === mostAttempts) throw neverStill(this.#path);
      this.prepare();
    }
    attempt('replace', this.#path, () => {
      fs.renameSync(this.temporary, this.#path);
    });
  }

  sync(): void {
    attempt('sync the folder of', this.#path, () => syncFolder(dirname(this.#path)));
  }

  /** Makes the file what it was. */
  undo(): void {
    const now = tolerate(['ENOENT'], () => fs.readFileSync(this.#path));
    if (now === undefined) return;
    const content = now.equals(this.#written) ? this.#previous : removeLines(now, this.lines);
    if (content.length === 0 && this.#before === undefined) {
      fs.unlinkSync(this.#path);
    } else {
      this.#writeAside(content);
      fs.renameSync(this.temporary, this.#path);
    }
    syncFolder(dirname(this.#path));
  }

  #writeAside(content: Buffer): void {
    writeDurably(this.temporary, content);
    if (this.#before === undefined) return;
    // Whoever could write to the file before still can; never read-only, which would make Valohai take it at once.
    fs.chmodSync(this.temporary, Number(this.#before.mode & 0o777n) | 0o200);
    const { uid, gid } = this.#before;
    tolerate(['EPERM', 'ENOSYS', 'EINVAL', 'ENOTSUP'], () => fs.chownSync(this.temporary, Number(uid), Number(gid)));
  }

  #stat(): fs.BigIntStats | undefined {
    return tolerate(['ENOENT'], () => fs.statSync(this.#path, { bigint: true }));
  }
}

function changed(before: fs.BigIntStats | undefined, now: fs.BigIntStats | undefined): boolean {
  if (before === undefined || now === undefined) return before !== now;
  return before.ino !== now.ino || before.size !== now.size || before.mtimeNs !== now.mtimeNs;
}

function neverStill(path: string): TidemarkError {
  return new TidemarkError('destination.io', `cannot replace ${path}: another program keeps changing it`, {
    hint: 'End the program that writes to it, then run again.',
    retryable: true,
  });
}
