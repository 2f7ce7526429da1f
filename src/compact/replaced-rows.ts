import type { RecordBatch } from 'apache-arrow';
import { withAllColumns } from '../core/arrow/complete-columns.js';
import { rowsWithKey } from '../core/arrow/where-null.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { TidemarkError } from '../core/errors.js';
import type { ShardReader } from '../core/format.js';
import { bytesOfRecord, recordWords } from '../core/key-records.js';
import type { Scratch } from '../core/scratch.js';
import type { Column } from '../core/types.js';
import { openShard, type StoredFolder } from '../lane/open-shard.js';
import { type RowBits, rowBits, setRow } from '../lane/row-bits.js';
import type { ShardPiece, ShardsTicket } from '../lane/shard-source.js';
import { findReplaced, recordsIn } from '../partition/entities/index.js';
import { formatOf } from '../shard/registry.js';
import type { MergedTable } from './merged-tables.js';

/** What keys are read with. */
export interface KeyReading {
  readonly ticket: Pick<ShardsTicket, 'format' | 'stored'>;
  readonly store: StoredFolder['store'];
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** Hears how many rows were looked at. */
  readonly onRows: (rows: number) => void;
}

/** Rows have numbers of 32 bits. */
const mostRows = 2 ** 32 - 1;
const keysName = 'keys';

/**
 * Finds the rows that a later version has replaced: of tables with a key, those of which another one of the same key comes
 * later. Keys alone are read.
 * @returns a bit for each row of all tables; undefined: no table has a key
 * @throws verification.failed where two rows of one version have the same key, or one has none; scratch.*
 */
export async function findReplacedRows(
  tables: readonly MergedTable[],
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
    const [first] = pieces;
    if (first === undefined) continue;
    const records = await writeKeys(table, pieces, reader, reading);
    const versionOf = versionsByRow(pieces);
    findReplaced(recordsIn({ name: keysName, records }, reading.scratch), reading.scratch, (number, by) => {
      const [row, later] = [first.firstRow + number - 1, first.firstRow + by - 1];
      if (versionOf(row) === versionOf(later)) throw sameKey(table, versionOf(row));
      setRow(bits, row);
    });
    reading.scratch.remove(keysName);
  }
  return shared;
}

const piecesOf = ({ targets }: MergedTable): readonly ShardPiece[] => targets.flatMap(({ pieces }) => pieces);

/** Writes a record of each row's key, numbered from 1 on. @returns how many */
async function writeKeys(
  { told, columns }: MergedTable,
  pieces: readonly ShardPiece[],
  reader: ShardReader,
  { ticket, store, scratch, signal, onRows }: KeyReading,
): Promise<number> {
  const key = told.key!.map((name) => columns.find((column) => column.name === name)!);
  const stored = key.filter(({ inPath }) => !inPath).map(({ name }) => name);
  const recordsOf = numberedKeys(told.name, key);
  const writer = scratch.create(keysName);
  let rows = 0;
  try {
    for (const piece of pieces) {
      const file = await openShard({ store, folder: piece.folder }, piece.path);
      if (file === undefined) throw new TidemarkError('verification.failed', `${piece.path} is missing`);
      const complete = withAllColumns(key, { partition: piece.partition });
      // Of a key that stands in paths alone, any column tells how many rows there are.
      const asked = stored.length > 0 ? stored : [ticket.stored[piece.stored]!.columns[0]!.name];
      try {
        const as = ticket.stored[piece.stored]!;
        for await (const batch of reader.read(file, { bytes: piece.bytes, as, columns: asked, signal })) {
          if (rows + batch.numRows > mostRows) throw tooMany(told.name);
          writer.write(recordsOf(complete(batch), rows + 1));
          rows += batch.numRows;
        }
      } finally {
        await file.close();
      }
      onRows(rows);
    }
  } finally {
    writer.close();
  }
  return rows;
}

/** Records of a batch's rows, valid until the next batch. */
function numberedKeys(table: string, columns: readonly Column[]): (batch: RecordBatch, first: number) => Uint8Array {
  const kernel = new DigestKernel();
  const indices = columns.map((_, index) => index);
  const hash = keyHashes(kernel, columns, indices);
  let out = new Uint32Array(0);
  return (batch, first) => {
    if (rowsWithKey(batch, indices).includes(0)) {
      throw new TidemarkError('verification.failed', `${table} has a row without a key: ${named(columns)} is NULL`);
    }
    if (out.length < batch.numRows * recordWords) out = new Uint32Array(batch.numRows * recordWords);
    hash(batch, (hashes, from, count) => {
      const words = unsignedWordsOf(kernel.view(hashes, count * bytesOfHash));
      for (let row = 0; row < count; row++) {
        const at = (from + row) * recordWords;
        for (let word = 0; word < 4; word++) out[at + word] = words[4 * row + word]!;
        out[at + 4] = first + from + row;
      }
    });
    return new Uint8Array(out.buffer, 0, batch.numRows * bytesOfRecord);
  };
}

const named = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ');

/** Folders tell versions. @param pieces in the order of their rows */
function versionsByRow(pieces: readonly ShardPiece[]): (row: number) => string {
  return (row) => {
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (pieces[middle]!.firstRow <= row) low = middle;
      else high = middle - 1;
    }
    return pieces[low]!.version;
  };
}

function sameKey({ told }: MergedTable, version: string): TidemarkError {
  return new TidemarkError(
    'verification.failed',
    `two rows of ${told.name} in ${version} have the same ${told.key!.join(', ')}`,
    { hint: 'It is not known which of them counts. Begin a new chain with a key that tells rows apart: --full.' },
  );
}

function tooMany(table: string): TidemarkError {
  return new TidemarkError('request.invalid', `${table} has more than ${mostRows} rows over all versions`, {
    hint: 'So many keys cannot be told apart by their numbers. Begin a new chain: --full.',
  });
}
