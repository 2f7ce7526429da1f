import { crc32 } from 'node:zlib';
import { addFacts, type Facts } from '../core/facts.js';
import { changedScratch, type Scratch, type ScratchWriter } from '../core/scratch.js';
import { leftOutTarget, type Portion } from './stage.js';

/** What is told of a portion's rows. */
export interface RunMeta {
  /** Their bytes in Arrow's buffers, as `rowSizes` counts them: the same however they are taken apart. */
  readonly size: number;
}

/** What a spool holds of one target. */
export interface SpooledTarget {
  readonly key: string;
  readonly rows: number;
  /** As {@link RunMeta} has them; of records, which are no rows, those in the file. */
  readonly bytes: number;
  /** Its runs in the index: the first one, and how many. */
  readonly first: number;
  readonly runs: number;
}

/** What a whole range became: its rows by target, in one scratch file with an index at its end. Plain data. */
export interface Spool {
  /** Name of the scratch file. */
  readonly name: string;
  /** Where the index begins. */
  readonly index: number;
  /** By key. */
  readonly targets: readonly SpooledTarget[];
  /** Rows that were read and belong to no target. */
  readonly leftOut: number;
  /** Misfits and broken rules of all rows, which nobody counts again: the rest of these facts is not told. Absent: no rows. */
  readonly told?: Pick<Facts, 'columns' | 'rules'>;
}

/** Rows of one target that were written one after the other. */
export interface SpooledRun {
  readonly rows: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** An entry of the index: position (as a double), length, rows, crc32, size. */
const entryBytes = 24;

/** Writes the portions of one range, of whatever targets, into a scratch file from which each target can be read apart. */
export class SpoolWriter {
  private readonly writer: ScratchWriter;
  private readonly runs = new Map<
    string,
    { position: number; rows: number; length: number; crc32: number; size: number }[]
  >();
  private position = 0;
  private facts: Facts | undefined;
  private leftOut = 0;
  private ended = false;

  constructor(
    private readonly scratch: Scratch,
    private readonly name: string,
  ) {
    this.writer = scratch.create(name);
  }

  add({ target, facts, rowGroup: { rows, bytes, meta } }: Portion): void {
    // Encoders may still deliver portions of an attempt that was given up.
    if (this.ended) return;
    if (facts.columns.length > 0 || facts.rules !== undefined)
      this.facts = this.facts === undefined ? facts : addFacts(this.facts, facts);
    if (target === leftOutTarget) {
      this.leftOut += rows;
      return;
    }
    this.writer.write(bytes);
    const { size } = (meta as RunMeta | null) ?? { size: bytes.length };
    const run = { position: this.position, rows, length: bytes.length, crc32: crc32(bytes), size };
    const runs = this.runs.get(target);
    if (runs === undefined) this.runs.set(target, [run]);
    else runs.push(run);
    this.position += bytes.length;
  }

  finish(): Spool {
    this.ended = true;
    const targets: SpooledTarget[] = [];
    let first = 0;
    for (const [key, runs] of [...this.runs].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const index = new DataView(new ArrayBuffer(runs.length * entryBytes));
      for (const [i, { position, length, rows, crc32, size }] of runs.entries()) {
        index.setFloat64(i * entryBytes, position, true);
        for (const [k, word] of [length, rows, crc32, size].entries())
          index.setUint32(i * entryBytes + 8 + 4 * k, word, true);
      }
      this.writer.write(new Uint8Array(index.buffer));
      const total = (of: 'rows' | 'size'): number => runs.reduce((sum, run) => sum + run[of], 0);
      targets.push({ key, rows: total('rows'), bytes: total('size'), first, runs: runs.length });
      first += runs.length;
    }
    this.writer.close();
    const { name, position: index, leftOut, facts } = this;
    return {
      name,
      index,
      targets,
      leftOut,
      ...(facts !== undefined && { told: { columns: facts.columns, ...(facts.rules && { rules: facts.rules }) } }),
    };
  }

  discard(): void {
    if (this.ended) return;
    this.ended = true;
    this.writer.close();
    this.scratch.remove(this.name);
  }
}

/**
 * The rows of one target in a spool, in the order in which they came; each run is valid until the next. The scratch file stays,
 * for the other targets.
 * @throws scratch.io where it was changed
 */
export function* readSpool(
  scratch: Scratch,
  { name, index }: Pick<Spool, 'name' | 'index'>,
  { first, runs }: Pick<SpooledTarget, 'first' | 'runs'>,
): Generator<SpooledRun> {
  const reader = scratch.open(name);
  try {
    const entries = new Uint8Array(reader.at(index + first * entryBytes, runs * entryBytes));
    const view = new DataView(entries.buffer);
    for (let at = 0; at < entries.length; at += entryBytes) {
      const bytes = reader.at(view.getFloat64(at, true), view.getUint32(at + 8, true));
      if (crc32(bytes) !== view.getUint32(at + 16, true)) throw changedScratch(name);
      yield { rows: view.getUint32(at + 12, true), bytes, size: view.getUint32(at + 20, true) };
    }
  } finally {
    reader.close();
  }
}
