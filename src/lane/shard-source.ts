import type { RecordBatch } from 'apache-arrow';
import { withAllColumns } from '../core/arrow/complete-columns.js';
import { takeRows } from '../core/arrow/take-rows.js';
import type { StoredObject, VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { hashFile } from '../core/file-hash.js';
import type { ShardReader, StoredAs } from '../core/format.js';
import { fetchAgain, namingFile } from '../core/naming-file.js';
import type { LaneReader, Range, RowGroupLimits, RowSink, SourceModule, TablePlan } from '../core/source.js';
import type { PartitionValues } from '../core/target-place.js';
import { destinationNamed } from '../destination/registry.js';
import { formatOf } from '../shard/registry.js';
import { notAsListed, openShard } from './open-shard.js';
import { type RowBits, positionsWithout } from './row-bits.js';

/** The kind of the source. */
export const shardsKind = 'shards';

/** A shard of a version. Plain data. */
export interface ShardPiece {
  /** The store's location of the folder that the version is in. */
  readonly folder: string;
  readonly path: string;
  /** The version's URI. */
  readonly version: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Index in {@link ShardsTicket.stored}. */
  readonly stored: number;
  /** The partition that it is of, where columns stand in folders' names alone. */
  readonly partition?: PartitionValues | undefined;
  /** The number of its first row in {@link ShardsTicket.leftOut}. */
  readonly firstRow: number;
}

/** What a lane needs to read shards. */
export interface ShardsTicket {
  /** The destination's name. */
  readonly destination: string;
  /** The format's name. */
  readonly format: string;
  /** How files are stored; versions may differ. */
  readonly stored: readonly StoredAs[];
  /** Rows that do not count any more; absent: all do. */
  readonly leftOut?: RowBits | undefined;
}

function labelOf([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'no files';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Consecutive shards as a range; none, where no row is left. */
export const shardsRange = (pieces: readonly ShardPiece[]): Range => ({
  label: labelOf(pieces.map(({ path }) => path)),
  detail: pieces,
  bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** Shards of versions as a source: rows that were written once are read again, by the reader of their format. */
export function shardSource(): SourceModule {
  return {
    open: () =>
      Promise.reject(new TidemarkError('internal.bug', 'shards are found by their manifests, and not opened')),
    async openLane(given, signal): Promise<LaneReader> {
      const ticket = given as ShardsTicket;
      const [store, reader] = await Promise.all([
        destinationNamed(ticket.destination).loadStore(),
        formatOf(ticket.format).loadReader(),
      ]);
      return new ShardLane(ticket, { store, reader }, signal);
    },
  };
}

class ShardLane implements LaneReader {
  constructor(
    private readonly ticket: ShardsTicket,
    private readonly by: { readonly store: VersionStore; readonly reader: ShardReader },
    private readonly signal: AbortSignal,
  ) {}

  async read(table: TablePlan, range: Range, limits: RowGroupLimits, sink: RowSink): Promise<undefined> {
    for (const piece of range.detail as readonly ShardPiece[]) await this.readShard(table, piece, { limits, sink });
  }

  async describeRow(_table: TablePlan, _range: Range, ordinal: number): Promise<string> {
    return `row ${ordinal + 1}`;
  }

  async close(): Promise<void> {
    // Files are open only while they are read.
  }

  private async readShard(
    table: TablePlan,
    piece: ShardPiece,
    { limits: { longestRow }, sink }: { readonly limits: RowGroupLimits; readonly sink: RowSink },
  ): Promise<void> {
    const { store, reader } = this.by;
    const file = await openShard({ store, folder: piece.folder }, piece.path);
    if (file === undefined) throw notAsListed(piece.folder, piece.path, 'is missing');
    try {
      await assertUnchanged(piece, file, this.signal);
      const as = this.ticket.stored[piece.stored]!;
      const complete = withAllColumns(table.columns, { partition: piece.partition, added: addedSince(as, table) });
      let rows = 0;
      const batches = reader.read(file, { bytes: piece.bytes, as, longestRow, signal: this.signal });
      for await (const batch of namingFile(piece.path, fetchAgain, batches)) {
        // Bytes are counted with the first rows.
        const bytes = rows === 0 ? piece.bytes : 0;
        const kept = this.withoutLeftOut(batch, piece.firstRow + rows);
        rows += batch.numRows;
        if (kept.numRows > 0) await sink.batch(complete(kept), bytes);
      }
      if (rows !== piece.rows)
        throw notAsListed(piece.folder, piece.path, `has ${rows} rows, and ${piece.rows} are listed`);
    } finally {
      await file.close();
    }
  }

  private withoutLeftOut(batch: RecordBatch, firstRow: number): RecordBatch {
    const { leftOut } = this.ticket;
    const kept = leftOut && positionsWithout(leftOut, firstRow, batch.numRows);
    return kept === undefined ? batch : takeRows(batch, kept);
  }
}

/** Columns that a table has and its older files do not. */
function addedSince({ columns }: StoredAs, table: TablePlan): ReadonlySet<string> {
  const stored = new Set(columns.map(({ name }) => name));
  return new Set(table.columns.flatMap(({ name, inPath }) => (inPath || stored.has(name) ? [] : [name])));
}

/** What a reader makes of damaged bytes is anybody's guess, and must not become a version of its own. @throws verification.failed */
async function assertUnchanged(piece: ShardPiece, file: StoredObject, signal: AbortSignal): Promise<void> {
  if (file.size !== piece.bytes)
    throw notAsListed(piece.folder, piece.path, `has ${file.size} bytes, and ${piece.bytes} are listed`);
  const { sha256, bytes } = await hashFile(file, { signal });
  if (bytes < piece.bytes) throw notAsListed(piece.folder, piece.path, 'is cut short');
  if (sha256 !== piece.sha256) throw notAsListed(piece.folder, piece.path, 'has another sha-256 than is listed');
}
