import type { BigIntStats } from 'node:fs';
import { dirname, join } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import { errno, tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { syncFolder, writeDurably } from '../../machine/write.js';
import { asDestinationFailure } from './failure.js';
import type { Outputs } from './layout.js';
import { appendLines, removeLines } from './lines.js';

const mostAttempts = 100;

/** The bytes of the announcement file; empty where there is none. */
export function readAnnouncements({ fs, out, announcements }: Outputs): Buffer {
  const path = join(out, announcements.name);
  return asDestinationFailure('read', path, () => tolerate(['ENOENT'], () => fs.readFileSync(path))) ?? Buffer.alloc(0);
}

/**
 * A rewrite of the announcement file: prepared aside, on the disk before it takes the old one's place. Hold the lock. Other
 * programs know no lock, so what they write between `prepare` and `commit` is noticed and taken along.
 */
export class AnnouncementRewrite {
  readonly #fs: FileSystem;
  readonly #path: string;
  #before: BigIntStats | undefined;
  #made: BigIntStats | undefined;
  /** Whether what was there has a second name, `kept`. */
  #isKept = false;
  #previous: Buffer = Buffer.alloc(0);
  #written: Buffer = Buffer.alloc(0);

  constructor(
    { fs, out, announcements }: Outputs,
    private readonly temporary: string,
    private readonly lines: readonly string[],
  ) {
    if (lines.some((line) => line.includes('\n'))) {
      throw new TidemarkError('internal.bug', `a line of ${announcements.name} holds a line break`);
    }
    this.#fs = fs;
    const path = join(out, announcements.name);
    // A link stays a link: what it points to is rewritten.
    this.#path = asDestinationFailure('look at', path, () => tolerate(['ENOENT'], () => fs.realpathSync(path))) ?? path;
  }

  prepare(): void {
    asDestinationFailure('write the lines of', this.#path, () => {
      this.#before = this.#stat();
      this.#previous = tolerate(['ENOENT'], () => this.#fs.readFileSync(this.#path)) ?? Buffer.alloc(0);
      this.#written = appendLines(this.#previous, this.lines);
      this.#writeAside(this.#written);
    });
  }

  commit(): void {
    asDestinationFailure('replace', this.#path, () => {
      for (let attempts = 0; changed(this.#before, this.#stat()); attempts += 1) {
        if (attempts === mostAttempts) throw neverStill(this.#path);
        this.prepare();
      }
      this.#keepPrevious();
      this.#made = this.#stat(this.temporary);
      this.#fs.renameSync(this.temporary, this.#path);
    });
  }

  get #kept(): string {
    return `${this.temporary}.before`;
  }

  /** So that it comes back by a rename alone, whatever else the disk refuses by then; where no link can be made it is written anew. */
  #keepPrevious(): void {
    if (this.#before === undefined) return;
    this.#isKept = goesWell(() => this.#fs.linkSync(this.#path, this.#kept));
  }

  sync(): void {
    asDestinationFailure('sync the folder of', this.#path, () => syncFolder(this.#fs, dirname(this.#path)));
  }

  /** Makes the file what it was. */
  undo(): void {
    const isUntouched = !changed(this.#made, this.#stat());
    if (isUntouched && this.#before === undefined) this.#fs.unlinkSync(this.#path);
    else if (isUntouched && this.#isKept) this.#fs.renameSync(this.#kept, this.#path);
    else this.#takeLinesAway();
    // Who looks sees it now; only for a power cut it matters whether the disk still takes that.
    goesWell(() => syncFolder(this.#fs, dirname(this.#path)));
  }

  /** Of what is there now, which others may have written to. */
  #takeLinesAway(): void {
    const now = tolerate(['ENOENT'], () => this.#fs.readFileSync(this.#path));
    if (now === undefined) return;
    const content = now.equals(this.#written) ? this.#previous : removeLines(now, this.lines);
    if (content.length === 0 && this.#before === undefined) {
      this.#fs.unlinkSync(this.#path);
      return;
    }
    this.#writeAside(content);
    this.#fs.renameSync(this.temporary, this.#path);
  }

  #writeAside(content: Buffer): void {
    writeDurably(this.#fs, this.temporary, content);
    if (this.#before === undefined) return;
    // Whoever could write to the file before still can; never read-only, which would make Valohai take it at once.
    this.#fs.chmodSync(this.temporary, Number(this.#before.mode & 0o777n) | 0o200);
    const { uid, gid } = this.#before;
    tolerate(['EPERM', 'ENOSYS', 'EINVAL', 'ENOTSUP'], () =>
      this.#fs.chownSync(this.temporary, Number(uid), Number(gid)),
    );
  }

  #stat(path = this.#path): BigIntStats | undefined {
    return tolerate(['ENOENT'], () => this.#fs.statSync(path, { bigint: true }));
  }
}

/** Whether the file system did it. */
function goesWell(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return false;
  }
}

function changed(before: BigIntStats | undefined, now: BigIntStats | undefined): boolean {
  if (before === undefined || now === undefined) return before !== now;
  return before.ino !== now.ino || before.size !== now.size || before.mtimeNs !== now.mtimeNs;
}

function neverStill(path: string): TidemarkError {
  return new TidemarkError('destination.io', `cannot replace ${path}: another program keeps changing it`, {
    hint: 'End the program that writes to it, then run again.',
    retryable: true,
  });
}
