import type { RecordBatch } from 'apache-arrow';
import { rowsWithKey } from '../core/arrow/where-null.js';
import { wordsOfBytes } from '../core/arrow/words.js';
import { hashesOfKeys } from '../core/digest/hashes-of-keys.js';
import { TidemarkError } from '../core/errors.js';
import type { ShardReader } from '../core/format.js';
import { recordWords } from '../core/key-records.js';
import { fetchAgain, namingFile } from '../core/naming-file.js';
import { bytesOfRowKey, rowKeyWords } from '../core/row-key-records.js';
import type { Scratch } from '../core/scratch.js';
import type { Column } from '../core/types.js';
import { readKeyColumns } from '../lane/key-columns.js';
import { openShard, type StoredFolder } from '../lane/open-shard.js';
import { type RowBits, rowBits, setRow } from '../lane/row-bits.js';
import type { ShardPiece, ShardsTicket } from '../lane/shard-source.js';
import { findReplaced, gatherRecords } from '../partition/entities/index.js';
import { formatOf } from '../shard/registry.js';
import { readRowKeys, rowKeyLine } from '../version/row-key-files.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { ChainTable } from './merged-tables.js';

/** What keys are read with. */
export interface KeyReading {
  readonly ticket: Pick<ShardsTicket, 'format' | 'stored'>;
  /** Oldest first. */
  readonly chain: readonly FoundVersion[];
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** Hears how many rows were looked at. */
  readonly onRows: (rows: number) => void;
}

/** Records have numbers of 32 bits. */
const mostRecords = 2 ** 32 - 1;

/**
 * Finds the rows that a later version has replaced, or found gone: of tables with a key, those of which another one of the same key
 * comes later. Keys alone are read.
 * @returns a bit for each row of all tables; undefined: no table has a key
 * @throws verification.failed where two rows of one version have the same key, or one has none; scratch.*
 */
export async function findReplacedRows(
  tables: readonly ChainTable[],
  reading: KeyReading,
): Promise<RowBits | undefined> {
  const keyed = tables.filter(({ told }) => told.key !== undefined);
  if (keyed.length === 0) return undefined;
  const last = tables.flatMap(piecesOf).reduce((end, { firstRow, rows }) => Math.max(end, firstRow + rows), 0);
  const shared = rowBits(last);
  const bits = new Uint8Array(shared);
  const reader = await formatOf(reading.ticket.format).loadReader();
  for (const table of keyed) {
    const pieces = piecesOf(table).toSorted((a, b) => a.firstRow - b.firstRow);
    const { records, segments } = await gatherKeys(table, pieces, reader, reading);
    const segmentOf = findSegment(segments);
    findReplaced(records, (number, by) => {
      const { from, firstRow, version } = segmentOf(number);
      if (version === segmentOf(by).version) throw sameKey(table, version);
      if (firstRow !== undefined) setRow(bits, firstRow + number - from);
    });
  }
  return shared;
}

const piecesOf = ({ targets }: ChainTable): readonly ShardPiece[] => targets.flatMap(({ pieces }) => pieces);

/** Consecutive records; there are some in each. */
interface Segment {
  /** The number of the first one. */
  readonly from: number;
  readonly version: string;
  /** The number of the first one's row; undefined: they are of keys that are gone. */
  readonly firstRow: number | undefined;
}

/** A record of each row's key, and of each key that is gone, version by version, numbered from 1 on. */
async function gatherKeys(
  { told, columns }: ChainTable,
  pieces: readonly ShardPiece[],
  reader: ShardReader,
  { ticket, chain, scratch, signal, onRows }: KeyReading,
): Promise<{ readonly records: ReturnType<typeof gatherRecords>; readonly segments: readonly Segment[] }> {
  const key = told.key!.map((name) => columns.find((column) => column.name === name)!);
  const recordsOf = numberedKeys(told.name, key);
  const lines = chain.map(({ manifest }) => rowKeyLine(manifest.version, told.name, 'gone'));
  const gone = lines.reduce((sum, line) => sum + (line?.bytes ?? 0), 0) / bytesOfRowKey;
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  if (rows + gone > mostRecords) throw tooMany(told.name);
  const all = gatherRecords(rows + gone, { words: recordWords, name: 'keys' }, scratch);
  const segments: Segment[] = [];
  let next = 1;
  const add = (records: Uint32Array): void => {
    all.add(records);
    next += records.length / recordWords;
  };
  for (const [index, found] of chain.entries()) {
    const { uri: version } = found.manifest.version;
    const line = lines[index];
    if (line !== undefined) {
      segments.push({ from: next, version, firstRow: undefined });
      for await (const chunk of readRowKeys(found, line)) add(numberedGone(chunk, next));
    }
    for (const piece of pieces.filter((one) => one.version === version)) {
      segments.push({ from: next, version, firstRow: piece.firstRow });
      for await (const batch of keysOfShard(piece, key, { reader, store: found.place.store, ticket, signal }))
        add(recordsOf(batch, next));
      onRows(next - 1);
    }
  }
  return { records: all, segments };
}

async function* keysOfShard(
  piece: ShardPiece,
  key: readonly Column[],
  {
    reader,
    store,
    ticket,
    signal,
  }: Pick<KeyReading, 'ticket' | 'signal'> & Pick<StoredFolder, 'store'> & { readonly reader: ShardReader },
): AsyncGenerator<RecordBatch> {
  const as = ticket.stored[piece.stored]!;
  const file = await openShard({ store, folder: piece.folder }, piece.path);
  if (file === undefined) throw new TidemarkError('verification.failed', `${piece.path} is missing`);
  try {
    const open = { file, reader, bytes: piece.bytes, as, partition: piece.partition, signal };
    yield* namingFile(piece.path, fetchAgain, readKeyColumns(key, open));
  } finally {
    await file.close();
  }
}

/** Records of keys that are gone, of those with the hashes of their last rows. */
function numberedGone(records: Uint8Array, first: number): Uint32Array {
  const from = wordsOfBytes(records);
  const count = from.length / rowKeyWords;
  const out = new Uint32Array(count * recordWords);
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < 4; word++) out[i * recordWords + word] = from[i * rowKeyWords + word]!;
    out[i * recordWords + 4] = first + i;
  }
  return out;
}

/** Records of a batch's rows, valid until the next batch. */
function numberedKeys(table: string, columns: readonly Column[]): (batch: RecordBatch, first: number) => Uint32Array {
  const indices = columns.map((_, index) => index);
  const eachKey = hashesOfKeys(
    columns.map(({ name }) => name),
    columns,
  );
  let out = new Uint32Array(0);
  return (batch, first) => {
    if (rowsWithKey(batch, indices).includes(0)) {
      throw new TidemarkError('verification.failed', `${table} has a row without a key: ${named(columns)} is NULL`);
    }
    if (out.length < batch.numRows * recordWords) out = new Uint32Array(batch.numRows * recordWords);
    eachKey(batch, (words, from) => {
      for (let row = 0; 4 * row < words.length; row++) {
        const at = (from + row) * recordWords;
        for (let word = 0; word < 4; word++) out[at + word] = words[4 * row + word]!;
        out[at + 4] = first + from + row;
      }
    });
    return out.subarray(0, batch.numRows * recordWords);
  };
}

const named = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ');

/** By the number of a record. */
function findSegment(segments: readonly Segment[]): (number: number) => Segment {
  return (number) => {
    let [low, high] = [0, segments.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (segments[middle]!.from <= number) low = middle;
      else high = middle - 1;
    }
    return segments[low]!;
  };
}

function sameKey({ told }: ChainTable, version: string): TidemarkError {
  return new TidemarkError(
    'verification.failed',
    `two rows of ${told.name} in ${version} have the same ${told.key!.join(', ')}`,
    { hint: 'It is not known which of them counts. Begin a new chain with a key that tells rows apart: --full.' },
  );
}

function tooMany(table: string): TidemarkError {
  return new TidemarkError('request.invalid', `${table} has more than ${mostRecords} rows over all versions`, {
    hint: 'So many keys cannot be told apart by their numbers. Begin a new chain: --full.',
  });
}
