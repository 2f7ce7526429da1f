import { unsignedWordsOf } from '../../core/arrow/words.js';
import type { Scratch } from '../../core/scratch.js';
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
  readonly shift: number;
  readonly name: string;
}

/**
 * Takes records apart by ranges of their hashes' first words, in ascending order, so that what is done with a range has room
 * in memory: the others wait in scratch files. An entity's records are all in one range.
 */
export function inRanges(
  all: EntityRecordsRead,
  scratch: Scratch,
  visit: (records: number, chunks: Iterable<Uint32Array>) => void,
): void {
  visitRange({ ...all, shift: 32, name: 'entities' }, scratch, visit);
}

function visitRange(
  { records, read, words = recordWords, shift, name }: Range,
  scratch: Scratch,
  visit: Parameters<typeof inRanges>[2],
): void {
  const wanted = Math.ceil(Math.log2(Math.max(1, records) / mostAtOnce));
  const bits = Math.min(Math.max(0, wanted), mostBits, shift);
  if (bits === 0) return visit(records, wordsIn(read()));
  for (const bucket of distribute(read(), { bits, shift, name, words }, scratch)) {
    visitRange({ ...recordsIn(bucket, scratch, words), shift: shift - bits, name: bucket.name }, scratch, visit);
    scratch.remove(bucket.name);
  }
}

function* wordsIn(chunks: Iterable<Uint8Array>): Generator<Uint32Array> {
  for (const chunk of chunks) yield wordsOf(chunk);
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

/** Bytes as words; a copy where they do not begin at a word. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return unsignedWordsOf(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes));
}

/** Records gathered before they are written to a bucket's file. */
const gathered = 4096;

interface Bucket {
  readonly name: string;
  records: number;
}

/** Writes every record into the file of its range of hashes: hashes are spread evenly, and so are the files. */
function distribute(
  chunks: Iterable<Uint8Array>,
  {
    bits,
    shift,
    name: prefix,
    words,
  }: Pick<Range, 'shift' | 'name'> & { readonly bits: number; readonly words: number },
  scratch: Scratch,
): readonly Bucket[] {
  const buckets = Array.from({ length: 1 << bits }, (_, index) => {
    const name = `${prefix}-${index}`;
    const buffer = new Uint32Array(gathered * words);
    return { name, records: 0, waiting: 0, buffer, writer: scratch.create(name) };
  });
  const flush = (bucket: (typeof buckets)[number]): void => {
    bucket.writer.write(new Uint8Array(bucket.buffer.buffer, 0, bucket.waiting * words * 4));
    bucket.records += bucket.waiting;
    bucket.waiting = 0;
  };
  for (const chunk of chunks) {
    const all = wordsOf(chunk);
    for (let at = 0; at < all.length; at += words) {
      const bucket = buckets[(all[at + 1]! >>> (shift - bits)) & (buckets.length - 1)]!;
      bucket.buffer.set(all.subarray(at, at + words), bucket.waiting * words);
      bucket.waiting += 1;
      if (bucket.waiting === gathered) flush(bucket);
    }
  }
  for (const bucket of buckets) {
    flush(bucket);
    bucket.writer.close();
  }
  return buckets;
}
