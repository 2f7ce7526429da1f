import type { DraftObjects, ObjectWriter } from '../core/destination.js';
import type { FormatOptions } from '../core/format.js';
import { oneFile, type RowGroupEncoder, type ShardAssembler } from '../core/shard.js';
import { TidemarkError } from '../core/errors.js';

/*
 * Rows that are read to be counted and compared become no files: a format without bytes, whose files go nowhere. Facts, sums of hashes
 * and records beside the rows are those of a run that writes.
 */

/** The name of that format, and of where it goes. */
export const unwritten = 'nothing';

/** What a run that writes nothing begins with. */
export const unwrittenStart = {
  format: { format: unwritten, compression: 'none', createdBy: '' } satisfies FormatOptions,
  draft: { destination: unwritten, ticket: undefined },
  shardSize: oneFile,
};

const nothing = new Uint8Array(0);

export const unwrittenFormat = {
  ending: '',
  typeName: () => '',
  encoder: (): Promise<RowGroupEncoder> =>
    Promise.resolve({ encode: ({ numRows }) => ({ rows: numRows, bytes: nothing, meta: null }) }),
  assembler: (): ShardAssembler => ({
    isFlat: true,
    begin: () => nothing,
    sizeWith: () => 0,
    add: () => nothing,
    finish: () => nothing,
  }),
};

const object: ObjectWriter = {
  write: () => undefined,
  room: () => undefined,
  close: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};

export const unwrittenObjects: DraftObjects = {
  create: () => object,
  takeOver: () => Promise.resolve(false),
  remove: () => Promise.resolve(),
  aside: () => unwrittenObjects,
  settle() {
    throw new TidemarkError('internal.bug', 'nothing is written, and nothing can be settled');
  },
};
