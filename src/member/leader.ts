import { formatCount } from '../core/units.js';
import type { Clock } from '../core/clock.js';
import type { DraftObjects, VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import type { Scratch } from '../core/scratch.js';
import type { CoordinatorOptions, LaneReceipts, MemberShare } from '../lane/coordinator.js';
import { type DealtGroup, DealtSchedule, type Dealer, type WrittenGroup } from '../lane/dealt-schedule.js';
import type { FileGroup } from '../lane/file-group.js';
import type { LaneStart } from '../lane/messages.js';
import { assertEverything } from '../lane/receipts.js';
import { Channel } from './channel.js';
import { readWhile } from './read-while.js';
import {
  besideName,
  encodeWord,
  type FromMember,
  fromName,
  planName,
  senderOf,
  type SharedPlan,
  type ToMember,
  toName,
} from './words.js';

/** How often it is looked what others have written, in milliseconds. */
export const lookEvery = 500;

/** So many groups another member has besides those that its lanes write: what it does next is there before it asks. */
const ahead = 1;

export interface LeaderTools {
  readonly store: VersionStore;
  /** Where members leave word. */
  readonly board: string;
  readonly objects: DraftObjects;
  readonly scratch: Scratch;
  readonly clock: Clock;
  /** Milliseconds after which a member that gives no sign of life is taken for lost. */
  readonly patience: number;
  /** For people. */
  warn(text: string): void;
}

/** A scratch file of another member is sent at once, and Node reads no larger one so. */
const mostBesideBytes = 2 ** 31;

/** One who writes groups. */
interface Worker {
  /** Undefined: the lanes of this process. */
  readonly id: string | undefined;
  /** How many groups it may have. */
  room: number;
  /** What it was dealt and has not written, by key. */
  readonly has: Map<string, DealtGroup>;
  give(group: DealtGroup): void;
}

interface Other extends Worker {
  readonly id: string;
  readonly channel: Channel<ToMember, FromMember>;
}

const keyOf = ({ table, group }: Pick<DealtGroup, 'table' | 'group'>): string => `${table}-${group}`;

/** A member's name begins with its number. */
const numberOf = (id: string): number => Number.parseInt(id, 10);

/**
 * Reads all ranges of all tables with whoever comes: deals file groups out to the own lanes and to those of other members, which write
 * aside; takes what they have written, once; and deals out again what a member had that is lost.
 * @param shared what others must know
 */
export async function readTogether(
  start: Omit<LaneStart, 'encoders'>,
  options: CoordinatorOptions,
  { shared, ...tools }: LeaderTools & { readonly shared: SharedPlan },
): Promise<LaneReceipts> {
  const leader = new Leader(start, options, tools);
  await leader.begin(shared);
  try {
    await readWhile(start, { ...options, listener: leader.listener, dealer: leader }, (signal) => leader.look(signal));
    const receipts = leader.receipts();
    await leader.dismiss({ type: 'end' });
    return receipts;
  } catch (error) {
    await leader.dismiss({ type: 'failed', message: TidemarkError.from(error).message }).catch(() => undefined);
    throw error;
  }
}

class Leader implements Dealer {
  readonly schedule = new DealtSchedule();
  readonly listener: RunListener;
  private groups: readonly (readonly FileGroup[])[] = [];
  private waiting: DealtGroup[] = [];
  private left = 0;
  private readonly taken: WrittenGroup[] = [];
  /** By the number of the member. */
  private readonly shares = new Map<number, MemberShare>();
  private readonly local: Worker;
  private readonly others = new Map<string, Other>();
  /** Members that are lost: what they may write yet is nobody's. */
  private readonly gone = new Set<string>();
  /** Of others. */
  private total = { rows: 0, bytesWritten: 0 };
  private own = { rows: 0, bytesRead: 0, bytesWritten: 0 };

  constructor(
    private readonly start: Omit<LaneStart, 'encoders'>,
    private readonly options: CoordinatorOptions,
    private readonly by: LeaderTools,
  ) {
    this.local = {
      ...{ id: undefined, room: options.lanes, has: new Map() },
      give: (group) => this.schedule.deal(group),
    };
    this.listener = (event) => {
      if (event.type === 'progress') this.own = event;
      this.tell(event);
    };
  }

  async begin(shared: SharedPlan): Promise<void> {
    const { store, board } = this.by;
    await store.create(store.join(board, planName), encodeWord(shared));
  }

  planned(groups: readonly (readonly FileGroup[])[]): void {
    this.groups = groups;
    this.waiting = groups.flatMap((ofTable, table) =>
      ofTable.map(({ first, end }, group) => ({ table, group, groups: ofTable.length, first, end })),
    );
    this.left = this.waiting.length;
    this.deal();
  }

  /** By the own lanes. */
  written(group: WrittenGroup): void {
    this.take(this.local, group);
  }

  /** Looks again and again for others, and for what they have written. Never resolves. */
  async look(signal: AbortSignal): Promise<never> {
    const { clock, store, board } = this.by;
    for (;;) {
      for (const { name } of await store.list(board)) {
        const id = senderOf(name);
        if (id !== undefined && !this.others.has(id) && !this.gone.has(id)) this.meet(id);
      }
      for (const other of [...this.others.values()]) await this.hear(other);
      this.deal();
      await clock.sleep(lookEvery, signal);
    }
  }

  /** @throws internal.bug unless all was read and written, once */
  receipts(): LaneReceipts {
    const ranges = this.taken.flatMap((one) => one.ranges);
    const groups = this.taken.map(({ receipt }) => receipt);
    assertEverything({ tables: this.start.tables, groups: this.groups }, ranges, groups);
    const members = [...this.shares.values()].sort((a, b) => a.member - b.member);
    return { ranges: ranges.map(({ receipt }) => receipt), groups, members };
  }

  /** The last word to all. */
  async dismiss(word: ToMember): Promise<void> {
    for (const { channel } of this.others.values()) {
      channel.send(word);
      await channel.exchange();
    }
  }

  private meet(id: string): void {
    const { store, board, clock, patience } = this.by;
    const [own, other] = [store.join(board, toName(id)), store.join(board, fromName(id))];
    const channel = new Channel<ToMember, FromMember>({ store, clock, own, other, patience });
    const has = new Map<string, DealtGroup>();
    this.others.set(id, { id, room: 0, has, channel, give: (group) => channel.send({ type: 'group', group }) });
  }

  private async hear(other: Other): Promise<void> {
    const come = await other.channel.exchange();
    if (come === 'gone') return this.lose(other, 'has gone');
    for (const message of come) {
      if (message.type === 'failed') return this.lose(other, `left: ${message.error.message}`);
      if (message.type === 'ready') other.room = message.lanes + ahead;
      else await this.accept(other, message.written);
    }
    if (other.channel.silence > this.by.patience)
      await this.lose(other, `has given no sign of life for ${Math.round(other.channel.silence / 1000)} s`);
  }

  /** What another member has written becomes the draft's. */
  private async accept(other: Other, written: WrittenGroup): Promise<void> {
    const group = other.has.get(keyOf(written.receipt));
    if (group?.aside === undefined) return;
    for (const { path } of written.receipt.shards) await this.by.objects.settle(path, group.aside);
    for (const { receipt } of written.ranges) if (receipt.beside) await this.fetch(other, receipt.beside.name);
    const rows = written.ranges.reduce((sum, { received }) => sum + received, 0);
    const bytes = written.receipt.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    this.total = { rows: this.total.rows + rows, bytesWritten: this.total.bytesWritten + bytes };
    this.take(other, written);
    this.tell({ type: 'progress', ...this.own });
  }

  private async fetch({ id }: Other, name: string): Promise<void> {
    const { store, board, scratch } = this.by;
    const location = store.join(board, besideName(id, name));
    const bytes = await store.read(location, mostBesideBytes);
    if (bytes === undefined) throw new TidemarkError('destination.io', `${location} has gone while the run went on`);
    const writer = scratch.create(name);
    writer.write(bytes);
    writer.close();
  }

  private take(worker: Worker, written: WrittenGroup): void {
    worker.has.delete(keyOf(written.receipt));
    this.taken.push(written);
    const { shards } = written.receipt;
    const member = worker.id === undefined ? 0 : numberOf(worker.id);
    const { files, rows } = this.shares.get(member) ?? { files: 0, rows: 0 };
    const own = shards.reduce((sum, shard) => sum + shard.rows, 0);
    this.shares.set(member, { member, files: files + shards.length, rows: rows + own });
    this.left -= 1;
    this.deal();
  }

  /** What it had others write: nobody knows how far it came. Where it lives after all, it is told. */
  private async lose(other: Other, why: string): Promise<void> {
    const { id, channel, has } = other;
    this.others.delete(id);
    this.gone.add(id);
    const again = [...has.values()];
    this.waiting.unshift(...again);
    const rest = again.length === 0 ? '' : `; what it had (${formatCount(again.length)} file groups) others write`;
    this.by.warn(`member ${numberOf(id)} ${why}${rest}`);
    this.deal();
    channel.send({ type: 'failed', message: 'this member was taken for lost' });
    await channel.exchange();
  }

  private deal(): void {
    if (this.groups.length === 0) return;
    if (this.left === 0) return this.schedule.close();
    for (const worker of [this.local, ...this.others.values()]) {
      while (worker.has.size < worker.room && this.waiting.length > 0) {
        const { table, group, groups, first, end } = this.waiting.shift()!;
        const plain = { table, group, groups, first, end };
        const dealt = worker.id === undefined ? plain : { ...plain, aside: `${worker.id}-${keyOf(plain)}` };
        worker.has.set(keyOf(dealt), dealt);
        worker.give(dealt);
      }
    }
  }

  private tell(event: Parameters<RunListener>[0]): void {
    const { rows, bytesWritten } = this.total;
    this.options.listener(
      event.type === 'progress'
        ? { ...event, rows: event.rows + rows, bytesWritten: event.bytesWritten + bytesWritten }
        : event,
    );
  }
}
