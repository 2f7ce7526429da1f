import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addFacts, type Facts, noFacts } from '../core/facts.js';
import type { ShardAssembler, ShardReceipt } from '../core/shard.js';
import type { Column } from '../core/types.js';
import { createShardFile, type ShardFile } from '../destination/folder/shard-file.js';
import type { LoadedFormat } from './load-format.js';
import type { Portion } from './stage.js';

interface OpenShard {
  readonly name: string;
  readonly assembler: ShardAssembler;
  readonly file: ShardFile;
  facts: Facts;
  bytes: number;
  rowGroups: number;
}

/** Where a range's shards go, and when one is full. */
export interface ShardPlace {
  readonly folder: string;
  readonly table: number;
  readonly range: number;
  /** Which attempt at the range this is: a file name is used once. */
  readonly attempt: number;
  readonly shardSize: number;
}

/**
 * Writes the row groups of one range, in their order, into one or more shards. A shard is closed when another row group
 * like the last one would make it larger than `shardSize`: the cuts depend on the row groups alone.
 */
export class ShardSequence {
  private readonly receipts: ShardReceipt[] = [];
  private open: OpenShard | undefined;
  private discarded = false;

  constructor(
    private readonly place: ShardPlace,
    private readonly columns: readonly Column[],
    private readonly format: Pick<LoadedFormat, 'ending' | 'assembler'>,
    private readonly onWritten: (bytes: number) => void,
  ) {}

  add({ rowGroup, facts }: Portion): void {
    // Encoders may still deliver portions of an attempt that was given up.
    if (this.discarded) return;
    const shard = (this.open ??= this.begin());
    const bytes = shard.assembler.add(rowGroup);
    this.write(shard, bytes);
    shard.facts = addFacts(shard.facts, facts);
    shard.rowGroups += 1;
    if (shard.bytes + bytes.length > this.place.shardSize) this.close(shard);
  }

  /** Closes the last shard. A range without rows has no shards, unless `empty` asks for one that holds the schema alone. */
  finish(options: { readonly empty?: boolean } = {}): readonly ShardReceipt[] {
    if (options.empty === true && this.receipts.length === 0) this.open ??= this.begin();
    if (this.open) this.close(this.open);
    return this.receipts;
  }

  /** Removes whatever was written: the range is given up or read again. */
  discard(): void {
    this.discarded = true;
    this.open?.file.discard();
    this.open = undefined;
    for (const { file } of this.receipts) rmSync(join(this.place.folder, file), { force: true });
  }

  private begin(): OpenShard {
    const { table, range, attempt, folder } = this.place;
    const name = `t${table}-r${range}-a${attempt}-p${this.receipts.length}${this.format.ending}`;
    const file = createShardFile(folder, name);
    const assembler = this.format.assembler(this.columns);
    const shard = { name, file, assembler, facts: noFacts(this.columns.length), bytes: 0, rowGroups: 0 };
    this.write(shard, shard.assembler.begin());
    return shard;
  }

  private write(shard: OpenShard, bytes: Uint8Array): void {
    shard.file.write(bytes);
    shard.bytes += bytes.length;
    this.onWritten(bytes.length);
  }

  private close(shard: OpenShard): void {
    this.write(shard, shard.assembler.finish());
    const { bytes, sha256 } = shard.file.close();
    this.receipts.push({
      table: this.place.table,
      range: this.place.range,
      part: this.receipts.length,
      file: shard.name,
      rows: shard.facts.rows,
      bytes,
      sha256,
      rowGroups: shard.rowGroups,
      facts: shard.facts,
    });
    this.open = undefined;
  }
}
