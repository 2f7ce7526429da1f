import { createHash, type Hash } from 'node:crypto';
import type { DraftObjects, ObjectWriter } from '../core/destination.js';
import { addFacts, type Facts, noFacts } from '../core/facts.js';
import type { ShardAssembler, ShardReceipt } from '../core/shard.js';
import { type Column, storedColumns } from '../core/types.js';
import type { LoadedFormat } from './load-format.js';
import type { Portion } from './stage.js';

interface OpenShard {
  readonly path: string;
  readonly assembler: ShardAssembler;
  readonly object: ObjectWriter;
  readonly hash: Hash;
  facts: Facts;
  bytes: number;
  rowGroups: number;
}

/** Where a file group's shards go, and when one is full. */
export interface ShardPlace {
  readonly objects: DraftObjects;
  readonly table: number;
  readonly group: number;
  readonly shardSize: number;
  /** The path of a shard of the group. */
  pathOf(part: number): string;
}

/** Shards that may be on their way to where they last while the next one is written. */
const mostClosing = 1;

/**
 * Writes the row groups of one file group, in their order, into one or more shards. A shard is closed before the row group
 * that would make it larger than `shardSize`: the cuts depend on the row groups alone.
 */
export class ShardSequence {
  private open: OpenShard | undefined;
  private begun = 0;
  private readonly closing = new Set<Promise<void>>();
  private readonly receipts: ShardReceipt[] = [];
  private failure: unknown;
  private discarded = false;

  constructor(
    private readonly place: ShardPlace,
    private readonly columns: readonly Column[],
    private readonly format: Pick<LoadedFormat, 'assembler'>,
    private readonly onWritten: (bytes: number) => void,
  ) {}

  /** A promise where the next portion should wait. */
  add({ rowGroup, facts }: Portion): void | Promise<void> {
    // Encoders may still deliver portions of an attempt that was given up.
    if (this.discarded) return;
    if (this.failure !== undefined) throw this.failure;
    if (this.open && this.open.assembler.sizeWith(rowGroup) > this.place.shardSize) this.close(this.open);
    const shard = (this.open ??= this.begin());
    this.write(shard, shard.assembler.add(rowGroup));
    shard.facts = addFacts(shard.facts, facts);
    shard.rowGroups += 1;
    return this.closing.size > mostClosing ? Promise.race(this.closing) : shard.object.room();
  }

  /** Closes the last shard. A group without rows has no shards, unless `empty` asks for one that holds the schema alone. */
  async finish(options: { readonly empty?: boolean } = {}): Promise<readonly ShardReceipt[]> {
    if (options.empty === true && this.begun === 0) this.open ??= this.begin();
    if (this.open) this.close(this.open);
    await Promise.all(this.closing);
    if (this.failure !== undefined) throw this.failure;
    return this.receipts.sort((a, b) => a.part - b.part);
  }

  /** Removes whatever was written: the group is given up or begun again. */
  async discard(): Promise<void> {
    this.discarded = true;
    await this.open?.object.discard();
    this.open = undefined;
    await Promise.all(this.closing);
    for (const { path } of this.receipts) await this.place.objects.remove(path);
  }

  private begin(): OpenShard {
    const path = this.place.pathOf(this.begun);
    const object = this.place.objects.create(path);
    this.begun += 1;
    const assembler = this.format.assembler(storedColumns(this.columns));
    const facts = noFacts(this.columns.length);
    const shard = { path, object, assembler, hash: createHash('sha256'), facts, bytes: 0, rowGroups: 0 };
    this.write(shard, shard.assembler.begin());
    return shard;
  }

  private write(shard: OpenShard, bytes: Uint8Array): void {
    shard.hash.update(bytes);
    shard.object.write(bytes);
    shard.bytes += bytes.length;
    this.onWritten(bytes.length);
  }

  private close(shard: OpenShard): void {
    this.write(shard, shard.assembler.finish());
    this.open = undefined;
    const { path, facts, bytes, assembler, rowGroups } = shard;
    const { table, group } = this.place;
    const part = this.begun - 1;
    const sha256 = shard.hash.digest('hex');
    const closing = this.closed(shard.object, {
      table,
      group,
      part,
      path,
      rows: facts.rows,
      bytes,
      sha256,
      ...(!assembler.isFlat && { rowGroups }),
      facts,
    });
    this.closing.add(closing);
    void closing.then(() => this.closing.delete(closing));
  }

  /** Never rejects: what goes wrong is told by the next call. */
  private async closed(object: ObjectWriter, receipt: ShardReceipt): Promise<void> {
    try {
      await object.close();
      this.receipts.push(receipt);
    } catch (error) {
      this.failure ??= error;
      await object.discard();
    }
  }
}
