import fs from 'node:fs';
import { attempt, tolerate } from './failure.js';
import { liveness, ownIdentity } from './identity.js';
import { type Journal, readOwner, writeJournal } from './journal.js';
import { heartbeatIn, stagingRoot } from './layout.js';

const beatEvery = 15_000;
/** A run that cannot be seen from here counts as dead when it has not beaten for so long, in milliseconds. */
export const staleAfter = 120_000;

/** A run's own folder in the outputs folder, with its journal and its heartbeat. */
export class Workspace {
  readonly root: string;
  readonly #timer: NodeJS.Timeout;
  #journal: Journal;

  private constructor(
    readonly out: string,
    readonly run: string,
    journal: Journal,
  ) {
    this.root = stagingRoot(out, run);
    this.#journal = journal;
    this.#timer = setInterval(() => this.#beat(), beatEvery);
    this.#timer.unref();
  }

  /** @throws destination.denied, destination.full, destination.io */
  static open(out: string, run: string, target?: Journal['target']): Workspace {
    const root = stagingRoot(out, run);
    const journal: Journal = {
      format: 1,
      run,
      startedAt: new Date().toISOString(),
      process: ownIdentity(),
      ...(target === undefined ? {} : { target }),
    };
    attempt('make the staging folder', root, () => fs.mkdirSync(root));
    try {
      attempt('write into the staging folder', root, () => {
        fs.writeFileSync(heartbeatIn(root), '.');
        writeJournal(root, journal);
      });
    } catch (thrown) {
      tolerate(['EACCES', 'EPERM', 'EROFS', 'EIO', 'EBUSY'], () => fs.rmSync(root, { recursive: true, force: true }));
      throw thrown;
    }
    return new Workspace(out, run, journal);
  }

  /** Notes in the journal what is being published. */
  note(publication: Journal['publication']): void {
    this.#journal = { ...this.#journal, publication };
    writeJournal(this.root, this.#journal);
  }

  /** The file system's own time: clocks of other hosts, and the clock of a file server, may differ from this one's. */
  now(): number {
    this.#beat();
    return tolerate(['ENOENT'], () => fs.statSync(heartbeatIn(this.root)).mtimeMs) ?? Date.now();
  }

  stopBeating(): void {
    clearInterval(this.#timer);
  }

  /** Writing, not setting a time, so that the time is the file server's. */
  #beat(): void {
    try {
      const fd = fs.openSync(heartbeatIn(this.root), 'r+');
      try {
        fs.writeSync(fd, '.', 0);
      } finally {
        fs.closeSync(fd);
      }
    } catch {
      // A missed beat is no reason to stop; if the folder has gone, the run's next write says so.
    }
  }
}

/** Whether the run that a staging folder belongs to still lives. `now` is the file system's time in milliseconds. */
export function standing(root: string, now: () => number): 'living' | 'dead' | 'gone' {
  const folder = tolerate(['ENOENT', 'ENOTDIR'], () => fs.statSync(root));
  if (folder === undefined) return 'gone';
  const owner = readOwner(root);
  const seen = owner === undefined ? 'unknown' : liveness(owner);
  if (seen !== 'unknown') return seen;
  const beat = tolerate(['ENOENT'], () => fs.statSync(heartbeatIn(root)))?.mtimeMs ?? folder.mtimeMs;
  return now() - beat > staleAfter ? 'dead' : 'living';
}
