import { tolerate } from '../../machine/failure.js';
import { asDestinationFailure } from './failure.js';
import { type Journal, readOwner, writeJournal } from './journal.js';
import { heartbeatIn, type Outputs, stagingRoot, type Target } from './layout.js';

const beatEvery = 15_000;
/** A run that cannot be seen from here counts as dead when it has not beaten for so long, in milliseconds. */
export const staleAfter = 120_000;

/** A run's own folder in the outputs folder, with its journal and its heartbeat. */
export class Workspace {
  readonly root: string;
  readonly #endBeating: () => void;
  #journal: Journal;

  private constructor(
    readonly outputs: Outputs,
    readonly run: string,
    journal: Journal,
  ) {
    this.root = stagingRoot(outputs.out, run);
    this.#journal = journal;
    this.#endBeating = outputs.clock.every(beatEvery, () => this.#beat());
  }

  /** @throws destination.denied, destination.full, destination.io */
  static open(outputs: Outputs, run: string, makes: Pick<Journal, 'target' | 'siblings'> = {}): Workspace {
    const { fs, clock, processes } = outputs;
    const root = stagingRoot(outputs.out, run);
    const journal: Journal = {
      format: 1,
      run,
      startedAt: clock.date().toISOString(),
      process: processes.own(),
      ...makes,
    };
    asDestinationFailure('make the staging folder', root, () => fs.mkdirSync(root));
    try {
      asDestinationFailure('write into the staging folder', root, () => {
        fs.writeFileSync(heartbeatIn(root), '.');
        writeJournal(fs, root, journal);
      });
    } catch (thrown) {
      tolerate(['EACCES', 'EPERM', 'EROFS', 'EIO', 'EBUSY'], () => fs.rmSync(root, { recursive: true, force: true }));
      throw thrown;
    }
    return new Workspace(outputs, run, journal);
  }

  /** Keeps in the journal what a run that goes on with this one must know. */
  keep(note: NonNullable<Journal['note']>): void {
    this.#journal = { ...this.#journal, note };
    writeJournal(this.outputs.fs, this.root, this.#journal);
  }

  /** Notes in the journal what is being published. @param made the versions; others that were planned are not made */
  note(publication: Journal['publication'], made: readonly Pick<Target, 'dataset' | 'version'>[]): void {
    const { target, siblings = [], ...journal } = this.#journal;
    const isMade = (one: Pick<Target, 'dataset' | 'version'>): boolean =>
      made.some(({ dataset, version }) => dataset === one.dataset && version === one.version);
    const [first, ...others] = [...(target ? [target] : []), ...siblings].filter(isMade);
    this.#journal = {
      ...journal,
      ...(first && { target: first }),
      ...(others.length > 0 && { siblings: others }),
      publication,
    };
    writeJournal(this.outputs.fs, this.root, this.#journal);
  }

  /** The file system's own time: clocks of other hosts, and the clock of a file server, may differ from this one's. */
  #now(): number {
    const { fs, clock } = this.outputs;
    this.#beat();
    return tolerate(['ENOENT'], () => fs.statSync(heartbeatIn(this.root)).mtimeMs) ?? clock.date().getTime();
  }

  /** Whether the run that a staging folder belongs to still lives. */
  standingOf(root: string): 'living' | 'dead' | 'gone' {
    const { fs } = this.outputs;
    const folder = tolerate(['ENOENT', 'ENOTDIR'], () => fs.statSync(root));
    if (folder === undefined) return 'gone';
    const seen = livenessOf(this.outputs, root);
    if (seen !== 'unknown') return seen;
    const beat = tolerate(['ENOENT'], () => fs.statSync(heartbeatIn(root)))?.mtimeMs ?? folder.mtimeMs;
    return this.#now() - beat > staleAfter ? 'dead' : 'living';
  }

  stopBeating(): void {
    this.#endBeating();
  }

  /** Writing, not setting a time, so that the time is the file server's. */
  #beat(): void {
    const { fs } = this.outputs;
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

/** What this machine sees of the process that a staging folder belongs to. */
export function livenessOf({ fs, processes }: Outputs, root: string): ReturnType<Outputs['processes']['liveness']> {
  const owner = readOwner(fs, root);
  return owner === undefined ? 'unknown' : processes.liveness(owner);
}
