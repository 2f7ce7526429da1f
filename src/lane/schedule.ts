import { TidemarkError } from '../core/errors.js';
import type { TablePlan } from '../core/source.js';
import type { FileGroup } from './file-group.js';
import type { GroupPlace, LaneCommand } from './messages.js';
import type { Segment } from './segment.js';

/** A file group on its way. Ranges go into its files in their order, by one lane: its owner. */
interface GroupAtWork {
  readonly table: number;
  readonly place: GroupPlace;
  readonly end: number;
  /** The range that goes into the file next. */
  next: number;
  /** The first range that no lane has taken. */
  untaken: number;
  /** Ranges that are read and wait for those before them. */
  readonly waiting: Map<number, Segment>;
}

/** Segments for each lane that may wait or be on their way. */
const aheadPerLane = 2;

/**
 * About how many bytes of scratch space lanes may take: a range is hardly larger encoded than on the server. What a table has
 * besides the bytes that ranges are cut by, large values that lie elsewhere, counts for all ranges alike.
 */
export function scratchNeeded(
  tables: readonly Pick<TablePlan, 'ranges' | 'sample' | 'sourceBytes'>[],
  lanes: number,
): number {
  if (lanes === 1) return 0;
  const needs = tables.map(({ ranges, sample, sourceBytes = 0 }) => {
    if (sample === undefined) return 0;
    const largest = ranges.reduce((most, { bytes = 0 }) => Math.max(most, bytes), 0);
    const cut = ranges.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    const ahead = Math.min(ranges.length - 1, aheadPerLane * lanes);
    return Math.ceil(largest * ahead * Math.max(1, cut === 0 ? 1 : sourceBytes / cut));
  });
  return Math.max(...needs);
}

/**
 * Who does what next. A lane takes a file group of its own as long as there is one, and reads its ranges into the file, one
 * after the other. When all groups have owners, the lanes that are left read ranges ahead, each into a scratch segment, which
 * the owner appends when its turn has come. What is written depends on none of this.
 */
export class Schedule {
  /** Groups without an owner are those from `unowned` on. */
  private readonly groups: GroupAtWork[];
  private unowned = 0;
  /** The groups that are being written, by their owners. */
  private readonly owned = new Map<number, GroupAtWork>();
  /** Segments that take room: being read, waiting, being appended. */
  private segments = 0;
  /** Lanes that append a segment. */
  private readonly appending = new Set<number>();

  /** @param groups by table */
  constructor(
    groups: readonly (readonly FileGroup[])[],
    private readonly lanes: number,
  ) {
    this.groups = groups.flatMap((ofTable, table) =>
      ofTable.map(({ first, end }, group) => {
        const place = { group, groups: ofTable.length, first };
        return { table, place, end, next: first, untaken: first, waiting: new Map<number, Segment>() };
      }),
    );
  }

  /** What a lane that has nothing to do is to do; undefined: wait, until something is read. */
  next(lane: number): LaneCommand | undefined {
    if (this.appending.delete(lane)) this.segments -= 1;
    const own = this.owned.get(lane) ?? this.adopt(lane);
    return (own && this.goOnWith(own, lane)) ?? this.help(own) ?? this.leave(own);
  }

  /** A range that was read ahead. */
  read(table: number, range: number, segment: Segment): void {
    const group = [...this.owned.values()].find((one) => one.table === table && range >= one.next && range < one.end);
    if (group === undefined || group.waiting.has(range)) {
      throw new TidemarkError('internal.bug', `range ${range} of table ${table} was read ahead of nothing`);
    }
    group.waiting.set(range, segment);
  }

  /** Nothing more is begun. */
  stop(): void {
    this.unowned = this.groups.length;
    this.owned.clear();
  }

  private adopt(lane: number): GroupAtWork | undefined {
    const group = this.groups[this.unowned];
    if (group === undefined) return undefined;
    this.unowned += 1;
    this.owned.set(lane, group);
    return group;
  }

  private goOnWith(group: GroupAtWork, owner: number): LaneCommand | undefined {
    const { table, next: range, place, end } = group;
    if (range === end) {
      this.owned.delete(owner);
      return { type: 'finish', table, group: place.group, first: place.first, end };
    }
    const segment = group.waiting.get(range);
    if (segment !== undefined) {
      group.waiting.delete(range);
      group.next += 1;
      this.appending.add(owner);
      return { type: 'append', table, range, segment };
    }
    if (group.untaken !== range) return undefined;
    // Alone it reads on while its last rows are encoded. Others would have nothing to help with.
    group.untaken = group.next = this.lanes === 1 ? end : range + 1;
    return { type: 'read', table, range, end: group.next, into: place };
  }

  /** A range to read ahead: of its own group, or of the one that has most of them left. */
  private help(own: GroupAtWork | undefined): LaneCommand | undefined {
    if (this.segments >= aheadPerLane * this.lanes) return undefined;
    const left = (group: GroupAtWork): number => group.end - group.untaken;
    const others = [...this.owned.values()].filter((group) => left(group) > 0).sort((a, b) => left(b) - left(a));
    const group = own && left(own) > 0 ? own : others[0];
    if (group === undefined) return undefined;
    this.segments += 1;
    group.untaken += 1;
    const range = group.untaken - 1;
    return { type: 'read', table: group.table, range, end: group.untaken, into: 'segment' };
  }

  /** A lane that owns nothing, and that nobody needs, may go. */
  private leave(own: GroupAtWork | undefined): LaneCommand | undefined {
    const needed = own !== undefined || [...this.owned.values()].some((group) => group.untaken < group.end);
    return needed ? undefined : { type: 'close' };
  }
}
