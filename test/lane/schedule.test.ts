import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileGroup } from '../../src/lane/file-group.js';
import type { LaneCommand } from '../../src/lane/messages.js';
import { Schedule, scratchNeeded } from '../../src/lane/schedule.js';

/** Sizes of the groups of each table, in ranges. */
const tables = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
});

function groupsOf(sizes: readonly number[]): FileGroup[] {
  let end = 0;
  return sizes.map((size) => ({ first: end, end: (end += size) }));
}

/** What happened in a run of the schedule, by group: `table/group`. */
interface Played {
  /** Ranges as they came into the group's files, then `finish`. */
  readonly files: Map<string, (number | 'finish')[]>;
  readonly owners: Map<string, Set<number>>;
  /** The most segments that were waiting or on their way at once. */
  readonly mostAhead: number;
  /** Times that a lane read ahead. */
  readonly ahead: number;
}

/** Plays lanes whose work takes any time: `pick` says which of the busy ones is done next. */
function play(groups: readonly (readonly FileGroup[])[], lanes: number, pick: (busy: number) => number): Played {
  const schedule = new Schedule(groups, lanes);
  const files: Played['files'] = new Map();
  const owners: Played['owners'] = new Map();
  const busy = new Map<number, LaneCommand>();
  const idle = new Set(Array.from({ length: lanes }, (_, lane) => lane));
  const read = new Set<string>();
  let [waiting, mostAhead, ahead] = [0, 0, 0];

  function into(lane: number, table: number, range: number | 'finish', group: number): void {
    const key = `${table}/${group}`;
    files.set(key, [...(files.get(key) ?? []), range]);
    owners.set(key, (owners.get(key) ?? new Set()).add(lane));
  }
  const groupAt = (table: number, range: number): number =>
    groups[table]!.findIndex(({ first, end }) => range >= first && range < end);

  function begin(lane: number, command: LaneCommand): void {
    busy.set(lane, command);
    if (command.type !== 'read') return;
    for (let range = command.range; range < command.end; range += 1) {
      const key = `${command.table}:${range}`;
      expect(read.has(key), `${key} twice`).toBe(false);
      read.add(key);
    }
    if (command.end - command.range !== 1) expect(lanes).toBe(1);
    if (command.into !== 'segment') return;
    mostAhead = Math.max(mostAhead, (waiting += 1));
    ahead += 1;
  }

  function end(lane: number, command: LaneCommand): void {
    busy.delete(lane);
    if (command.type === 'close') return;
    idle.add(lane);
    if (command.type === 'finish') into(lane, command.table, 'finish', command.group);
    if (command.type === 'append') {
      waiting -= 1;
      expect(command.segment.name).toBe(`${command.table}:${command.range}`);
      into(lane, command.table, command.range, groupAt(command.table, command.range));
    }
    if (command.type !== 'read') return;
    const { table, range, end: after } = command;
    if (command.into === 'segment') schedule.read(table, range, { name: `${table}:${range}`, portions: [] });
    else for (let one = range; one < after; one += 1) into(lane, table, one, groupAt(table, one));
  }

  for (;;) {
    for (const lane of [...idle]) {
      const command = schedule.next(lane);
      if (command === undefined) continue;
      idle.delete(lane);
      begin(lane, command);
    }
    if (busy.size === 0) break;
    const [lane, command] = [...busy][pick(busy.size)]!;
    end(lane, command);
  }
  expect(idle.size, 'lanes that wait for ever').toBe(0);
  return { files, owners, mostAhead, ahead };
}

describe('the schedule', () => {
  it('brings every range into the files of its group, in order and by one lane, however long lanes take', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.nat()), (sizes, lanes, chance) => {
        const groups = sizes.map(groupsOf);
        const played = play(groups, lanes, (busy) => (chance.next().value as number) % busy);
        for (const [table, ofTable] of groups.entries()) {
          for (const [group, { first, end }] of ofTable.entries()) {
            const ranges = Array.from({ length: end - first }, (_, i) => first + i);
            expect(played.files.get(`${table}/${group}`)).toEqual([...ranges, 'finish']);
            expect(played.owners.get(`${table}/${group}`)!.size).toBe(1);
          }
        }
        expect(played.files.size).toBe(groups.flat().length);
        expect(played.mostAhead).toBeLessThanOrEqual(2 * lanes);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no longer for each of many groups than for each of few', () => {
    // With work that grew by the square of the groups this would take a minute.
    const many = [groupsOf(Array.from({ length: 10_000 }, (_, i) => 1 + (i % 4)))];
    expect(play(many, 16, (busy) => busy - 1).files.size).toBe(10_000);
  });

  it('reads nothing ahead while there are groups without an owner, and with one lane never', () => {
    const first = (): number => 0;
    expect(play([groupsOf([4, 4, 4, 4])], 1, first).ahead).toBe(0);
    expect(play([groupsOf([1, 1, 1, 1, 1, 1])], 3, first).ahead).toBe(0);
    expect(play([groupsOf([8])], 3, first).ahead).toBeGreaterThan(3);
  });
});

describe('scratch space', () => {
  const ranges = [30, 40, 10].map((bytes, index) => ({ label: String(index), detail: index, bytes }));
  const table = { ranges, sample: { ranges, bytes: 80 }, sourceBytes: undefined };

  it('is what lanes may be ahead, of the largest ranges', () => {
    expect([1, 2, 5].map((lanes) => scratchNeeded([table], lanes))).toEqual([0, 80, 80]);
    expect(scratchNeeded([{ ...table, ranges: ranges.slice(0, 1) }], 2)).toBe(0);
  });

  it('counts large values that lie elsewhere', () => {
    expect(scratchNeeded([{ ...table, sourceBytes: 800 }], 2)).toBe(800);
    expect(scratchNeeded([{ ...table, sourceBytes: 60 }, table], 2)).toBe(80);
  });

  it('is none where ranges share no files', () => {
    expect(scratchNeeded([{ ranges, sourceBytes: 800 }], 5)).toBe(0);
  });
});
