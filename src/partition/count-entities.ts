import { unsignedWordsOf } from '../core/arrow/words.js';
import type { Scratch } from '../core/scratch.js';
import { bytesOfRecord, isThere, recordWords } from './entity-records.js';

/** How many entities there are: all of them are counted, none is guessed. */
export interface EntityCounts {
  readonly total: number;
  /** By number of the part, the entities that have a row in it. */
  readonly parts: readonly number[];
  /** Entities with rows in more than one part. */
  readonly inSeveral: number;
}

/** Records that are counted at a time, in memory: the others wait in scratch files. */
const mostAtOnce = 1 << 19;
/** A file for each value of so many bits of the hashes, open at the same time. */
const mostBits = 6;

/** Reads records, each time from the beginning; a chunk is valid until the next. */
type ReadRecords = () => Iterable<Uint8Array>;

/**
 * Counts entities from their records, in memory that is bounded: those of one range of hashes after the other.
 * @param records how many there are
 */
export function countEntities(parts: number, records: number, read: ReadRecords, scratch: Scratch): EntityCounts {
  const counts = { total: 0, parts: new Array<number>(parts).fill(0), inSeveral: 0 };
  count({ records, read, shift: 32, name: 'entities' }, counts, scratch);
  return counts;
}

/** Records whose hashes are the same in all bits of the second word from `shift` on. */
interface Range {
  readonly records: number;
  readonly read: ReadRecords;
  readonly shift: number;
  readonly name: string;
}

function count({ records, read, shift, name }: Range, counts: Counts, scratch: Scratch): void {
  const wanted = Math.ceil(Math.log2(Math.max(1, records) / mostAtOnce));
  const bits = Math.min(Math.max(0, wanted), mostBits, shift);
  if (bits === 0) {
    const table = new EntityTable(records, counts);
    for (const chunk of read()) table.add(wordsOf(chunk));
    return;
  }
  for (const bucket of distribute(read(), { bits, shift, name }, scratch)) {
    const readBucket = (): Iterable<Uint8Array> => chunksOf(bucket, scratch);
    count({ records: bucket.records, read: readBucket, shift: shift - bits, name: bucket.name }, counts, scratch);
    scratch.remove(bucket.name);
  }
}

function* chunksOf({ name, records }: Bucket, scratch: Scratch): Generator<Uint8Array> {
  const reader = scratch.open(name);
  try {
    const step = 65_536;
    for (let at = 0; at < records; at += step) {
      yield reader.at(at * bytesOfRecord, Math.min(step, records - at) * bytesOfRecord);
    }
  } finally {
    reader.close();
  }
}

/** Bytes as words; a copy where they do not begin at a word. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return unsignedWordsOf(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes));
}

/** Records gathered before they are written to a bucket's file. */
const gathered = 4096;

interface Counts {
  total: number;
  readonly parts: number[];
  inSeveral: number;
}

interface Bucket {
  readonly name: string;
  records: number;
}

/** Writes every record into the file of its range of hashes: hashes are spread evenly, and so are the files. */
function distribute(
  chunks: Iterable<Uint8Array>,
  { bits, shift, name: prefix }: Pick<Range, 'shift' | 'name'> & { readonly bits: number },
  scratch: Scratch,
): readonly Bucket[] {
  const buckets = Array.from({ length: 1 << bits }, (_, index) => {
    const name = `${prefix}-${index}`;
    const buffer = new Uint32Array(gathered * recordWords);
    return { name, records: 0, waiting: 0, buffer, writer: scratch.create(name) };
  });
  const flush = (bucket: (typeof buckets)[number]): void => {
    bucket.writer.write(new Uint8Array(bucket.buffer.buffer, 0, bucket.waiting * bytesOfRecord));
    bucket.records += bucket.waiting;
    bucket.waiting = 0;
  };
  for (const chunk of chunks) {
    const words = wordsOf(chunk);
    for (let at = 0; at < words.length; at += recordWords) {
      const bucket = buckets[(words[at + 1]! >>> (shift - bits)) & (buckets.length - 1)]!;
      bucket.buffer.set(words.subarray(at, at + recordWords), bucket.waiting * recordWords);
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

/** Pairs of an entity and a part, each once: by open addressing, so that all pairs of an entity are found in one chain. */
class EntityTable {
  private readonly mask: number;
  private readonly pairs: Uint32Array;

  constructor(
    records: number,
    private readonly counts: Counts,
  ) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * records)));
    this.mask = capacity - 1;
    this.pairs = new Uint32Array(capacity * recordWords);
  }

  add(records: Uint32Array): void {
    for (let at = 0; at < records.length; at += recordWords) this.insert(records, at);
  }

  private insert(records: Uint32Array, at: number): void {
    const { pairs, mask, counts } = this;
    const part = records[at + 4]!;
    let others = 0;
    for (let slot = records[at]! & mask; ; slot = (slot + 1) & mask) {
      const place = slot * recordWords;
      if (pairs[place + 4] === 0) {
        pairs.set(records.subarray(at, at + recordWords), place);
        counts.parts[part - 1]! += 1;
        if (others === 0) counts.total += 1;
        if (others === 1) counts.inSeveral += 1;
        return;
      }
      if (!isThere(pairs, place, records, at)) continue;
      if (pairs[place + 4] === part) return;
      others += 1;
    }
  }
}
