import { crc32 } from 'node:zlib';
import type { Facts } from '../core/facts.js';
import { changedScratch, type Scratch, type ScratchWriter } from '../core/scratch.js';
import type { Portion } from './stage.js';

/** A portion that waits in a scratch file; where it lies there follows from those before it. */
interface StoredPortion {
  readonly target: string;
  readonly rows: number;
  readonly length: number;
  readonly crc32: number;
  readonly meta: unknown;
  readonly facts: Facts;
}

/** What a whole range became, waiting in a scratch file for the ranges before it; plain data. */
export interface Segment {
  /** Name of the scratch file. */
  readonly name: string;
  readonly portions: readonly StoredPortion[];
}

/** Writes the portions of one range, in their order, into a scratch file. */
export class SegmentWriter {
  private readonly portions: StoredPortion[] = [];
  private readonly writer: ScratchWriter;
  private ended = false;

  constructor(
    private readonly scratch: Scratch,
    private readonly name: string,
  ) {
    this.writer = scratch.create(name);
  }

  add({ target, rowGroup, facts }: Portion): void {
    // Encoders may still deliver portions of an attempt that was given up.
    if (this.ended) return;
    const { rows, bytes, meta } = rowGroup;
    this.writer.write(bytes);
    this.portions.push({ target, rows, length: bytes.length, crc32: crc32(bytes), meta, facts });
  }

  finish(): Segment {
    this.ended = true;
    this.writer.close();
    return { name: this.name, portions: this.portions };
  }

  discard(): void {
    if (this.ended) return;
    this.ended = true;
    this.writer.close();
    this.scratch.remove(this.name);
  }
}

/** The portions of a segment, each valid until the next; the scratch file goes afterwards. @throws scratch.io where it was changed */
export function* readSegment(scratch: Scratch, { name, portions }: Segment): Generator<Portion> {
  const reader = scratch.open(name);
  try {
    for (const { target, rows, length, crc32: expected, meta, facts } of portions) {
      const bytes = reader.next(length);
      if (crc32(bytes) !== expected) throw changedScratch(name);
      yield { target, rowGroup: { rows, bytes, meta }, facts };
    }
  } finally {
    reader.close();
    scratch.remove(name);
  }
}
