import type { FileGroup } from './file-group.js';
import type { GroupPlace, GroupReceipt, LaneCommand, RangeReceipt } from './messages.js';

/** A file group that is to be written. Plain data. */
export interface DealtGroup extends FileGroup, Omit<GroupPlace, 'first'> {
  readonly table: number;
}

/** A range that was read, and the rows that were received for it. */
export interface ReceivedRange {
  readonly receipt: RangeReceipt;
  readonly received: number;
}

/** What became of a group. Plain data. */
export interface WrittenGroup {
  readonly receipt: GroupReceipt;
  /** In their order. */
  readonly ranges: readonly ReceivedRange[];
}

/** Who deals file groups out to the lanes of a coordinator, and hears what became of them. */
export interface Dealer {
  readonly schedule: DealtSchedule;
  /** All groups are known, by table. Absent: they are known already, and no sample is read. */
  planned?(groups: readonly (readonly FileGroup[])[]): void;
  written(group: WrittenGroup): void;
}

/** Groups in the order in which they are dealt out, each to whichever lane is free: it reads all of its ranges. */
export class DealtSchedule {
  private readonly waiting: DealtGroup[] = [];
  /** By lane, what it has read and not closed. */
  private readonly read = new Map<number, DealtGroup>();
  private isClosed = false;
  private wake: () => void = () => undefined;

  /** What a lane that has nothing to do is to do; undefined: wait, until something is dealt out. */
  next(lane: number): LaneCommand | undefined {
    const own = this.read.get(lane);
    if (own !== undefined) {
      this.read.delete(lane);
      const { table, group, first, end } = own;
      return { type: 'finish', table, group, first, end };
    }
    const group = this.waiting.shift();
    if (group === undefined) return this.isClosed ? { type: 'close' } : undefined;
    this.read.set(lane, group);
    const { table, first, end, ...place } = group;
    return { type: 'read', table, range: first, end, into: { ...place, first } };
  }

  deal(group: DealtGroup): void {
    this.waiting.push(group);
    this.wake();
  }

  /** Nothing more is dealt out. */
  close(): void {
    this.isClosed = true;
    this.wake();
  }

  /** Nothing more is begun. */
  stop(): void {
    this.waiting.length = 0;
    this.isClosed = true;
  }

  /** @param wake is called when there may be something to do */
  onChange(wake: () => void): void {
    this.wake = wake;
  }
}
