import { wordsOfBytes } from '../../core/arrow/words.js';
import type { Scratch, ScratchWriter } from '../../core/scratch.js';
import { recordWords } from '../../core/key-records.js';

/** Records that are counted at a time, in memory: the others wait in scratch files. */
const mostAtOnce = 1 << 19;
/** A file for each value of so many bits of the hashes, open at the same time. */
const mostBits = 6;

/** Reads records, each time from the beginning; a chunk is valid until the next. */
export type ReadRecords = () => Iterable<Uint8Array>;

/** Records of keys, and how many there are. */
export interface EntityRecordsRead {
  readonly records: number;
  readonly read: ReadRecords;
  /** Words of a record, of which the first four are the hash of its key; absent: as `recordWords` says. */
  readonly words?: number;
}

/** Those whose hashes are the same in all bits of the first word's upper half from `shift` on. */
interface Range extends EntityRecordsRead {
  readonly most: number;
  readonly shift: number;
  readonly name: string;
}

/** Sees the records of a range, and how many there are; a chunk is valid until the next. */
type VisitRange = (records: number, chunks: Iterable<Uint32Array>) => void;

/**
 * Takes records apart by ranges of their hashes' first words, in ascending order, so that what is done with a range has room
 * in memory: the others wait in scratch files. An entity's records are all in one range.
 */
export function inRanges(all: EntityRecordsRead, scratch: Scratch, visit: VisitRange): void {
  visitRange({ ...all, most: mostAtOnce, shift: 32, name: 'entities' }, scratch, visit);
}

function visitRange(
  { records, read, words = recordWords, most, shift, name }: Range,
  scratch: Scratch,
  visit: VisitRange,
): void {
  const bits = bitsFor(records, most, shift);
  if (bits === 0) return visit(records, wordsIn(read()));
  const buckets = new RangeBuckets({ bits, shift, name, words, most }, scratch);
  for (const chunk of wordsIn(read())) buckets.add(chunk);
  buckets.visit(visit);
}

/** So many that a range has room in memory. */
function bitsFor(records: number, most: number, shift: number): number {
  const wanted = Math.ceil(Math.log2(Math.max(1, records) / most));
  return Math.min(Math.max(0, wanted), mostBits, shift);
}

/**
 * A place for records that come one after the other, to be looked at range by range.
 * @param expected about how many there will be
 * @param words of a record, of which the first four are the hash of its key
 * @param name what names of scratch files begin with
 * @param most records that are looked at at a time, about
 */
export function gatherRecords(
  expected: number,
  { words, name, most = mostAtOnce }: { readonly words: number; readonly name: string; readonly most?: number },
  scratch: Scratch,
): RangeBuckets {
  return new RangeBuckets({ bits: bitsFor(expected, most, 32), shift: 32, name, words, most }, scratch);
}

function* wordsIn(chunks: Iterable<Uint8Array>): Generator<Uint32Array> {
  for (const chunk of chunks) yield wordsOfBytes(chunk);
}

/** A scratch file's records are read in portions of so many. */
const readAtOnce = 65_536;

/** All records of a scratch file that has nothing else in it. */
export function recordsIn(
  { name, records }: Readonly<Bucket>,
  scratch: Scratch,
  words = recordWords,
): EntityRecordsRead {
  const bytes = words * 4;
  return {
    records,
    words,
    *read() {
      const reader = scratch.open(name);
      try {
        for (let at = 0; at < records; at += readAtOnce) {
          yield reader.at(at * bytes, Math.min(readAtOnce, records - at) * bytes);
        }
      } finally {
        reader.close();
      }
    },
  };
}

/** Words of records gathered before they are written to a bucket's file. */
const gatheredWords = 9 * 4096;

interface Bucket {
  readonly name: string;
  records: number;
}

/** Writes every record into the file of its range of hashes: hashes are spread evenly, and so are the files. */
export class RangeBuckets {
  /** Records of a bucket that wait before they are written. */
  private readonly gathered: number;
  private readonly buckets: readonly (Bucket & {
    waiting: number;
    readonly buffer: Uint32Array;
    readonly writer: ScratchWriter;
  })[];

  constructor(
    private readonly range: Pick<Range, 'shift' | 'name' | 'most'> & { readonly bits: number; readonly words: number },
    private readonly scratch: Scratch,
  ) {
    this.gathered = Math.max(1, Math.min(4096, Math.floor(gatheredWords / range.words)));
    this.buckets = Array.from({ length: 1 << range.bits }, (_, index) => {
      const name = `${range.name}-${index}`;
      const buffer = new Uint32Array(this.gathered * range.words);
      return { name, records: 0, waiting: 0, buffer, writer: scratch.create(name) };
    });
  }

  /** Takes whole records. */
  add(all: Uint32Array): void {
    const { buckets } = this;
    const { words, shift, bits } = this.range;
    for (let at = 0; at < all.length; at += words) {
      const bucket = buckets[(all[at + 1]! >>> (shift - bits)) & (buckets.length - 1)]!;
      const { buffer } = bucket;
      // Records are short: a loop is quicker than a view of each.
      for (let word = 0, to = bucket.waiting * words; word < words; word++) buffer[to + word] = all[at + word]!;
      bucket.waiting += 1;
      if (bucket.waiting === this.gathered) this.flush(bucket);
    }
  }

  /** Looks at all that came, and forgets it: ranges in ascending order, records of each in the order in which they came. */
  visit(visit: VisitRange): void {
    const { words, shift, bits, most } = this.range;
    for (const bucket of this.buckets) {
      this.flush(bucket);
      bucket.writer.close();
    }
    for (const { name, records } of this.buckets) {
      visitRange(
        { ...recordsIn({ name, records }, this.scratch, words), most, shift: shift - bits, name },
        this.scratch,
        visit,
      );
      this.scratch.remove(name);
    }
  }

  private flush(bucket: (typeof this.buckets)[number]): void {
    bucket.writer.write(new Uint8Array(bucket.buffer.buffer, 0, bucket.waiting * this.range.words * 4));
    bucket.records += bucket.waiting;
    bucket.waiting = 0;
  }
}
