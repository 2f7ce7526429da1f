import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/machine/machine.js';
import { countEntities } from '../../src/partition/entities/count.js';
import { RepeatCounter } from '../../src/partition/entities/repeats.js';
import { EntityRecords } from '../../src/partition/entities/records.js';
import { openScratch } from '../../src/scratch/files.js';
import { makeScratch } from '../../src/scratch/folder.js';
import { readdirSync } from 'node:fs';
import { emptyFolder } from '../support/cli.js';

/** A hash of an entity's number: near ones are far apart, as those of a hash are. */
function hashOf(entity: number): readonly number[] {
  const mixed = (salt: number): number =>
    Math.imul(Math.imul(entity ^ salt, 0x9e3779b1) ^ (entity >>> 7), 0x85ebca6b) >>> 0;
  return [mixed(1), mixed(2), mixed(3), entity];
}

function recordsOf(rows: readonly (readonly [entity: number, part: number])[]): Uint8Array {
  const records = new EntityRecords();
  const hashes = Uint32Array.from(rows.flatMap(([entity]) => hashOf(entity)));
  const parts = Int32Array.from(rows, ([, part]) => part);
  return records.of({ hashes, parts, counted: new Uint8Array(rows.length).fill(1) });
}

function counted(rows: readonly (readonly [number, number])[], parts: number) {
  const pairs = new Set(rows.map(([entity, part]) => `${entity} ${part}`));
  const entities = new Map<number, number>();
  for (const pair of pairs)
    entities.set(Number(pair.split(' ')[0]), (entities.get(Number(pair.split(' ')[0])) ?? 0) + 1);
  return {
    total: entities.size,
    parts: Array.from({ length: parts }, (_, part) => [...pairs].filter((pair) => pair.endsWith(` ${part}`)).length),
    inSeveral: [...entities.values()].filter((count) => count > 1).length,
  };
}

describe('entities', () => {
  const ticket = makeScratch(thisMachine, emptyFolder('entities'));
  const scratch = openScratch(thisMachine.fs, ticket);
  const before = readdirSync(ticket.folder);

  it('are counted each once, in every part that has a row of them', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 80 }), { maxLength: 6 }), (batches) => {
        const chunks = batches.map(recordsOf);
        const records = chunks.reduce((sum, { length }) => sum + length / 20, 0);
        expect(countEntities(4, { records, read: () => chunks }, scratch)).toMatchObject(counted(batches.flat(), 4));
      }),
    );
  });

  it('are counted the same by way of scratch files, which go', () => {
    const rows = Array.from({ length: 1_600_000 }, (_, row) => [row % 900_000, row % 1000 === 7 ? 1 : 0] as const);
    const chunks = Array.from({ length: 16 }, (_, index) =>
      recordsOf(rows.slice(index * 100_000, (index + 1) * 100_000)),
    );
    const records = chunks.reduce((sum, { length }) => sum + length / 20, 0);
    expect(records).toBeGreaterThan(1_048_576);
    const { total, parts, inSeveral } = countEntities(2, { records, read: () => chunks }, scratch);
    const inOne = new Set(rows.filter(([, part]) => part === 1).map(([entity]) => entity));
    const inZero = new Set(rows.filter(([, part]) => part === 0).map(([entity]) => entity));
    expect([total, parts]).toEqual([900_000, [inZero.size, inOne.size]]);
    expect(inSeveral).toBe([...inOne].filter((entity) => inZero.has(entity)).length);
    expect(readdirSync(ticket.folder)).toEqual(before);
  });

  it('that were met before are not noted again', () => {
    const records = new EntityRecords();
    const hashes = Uint32Array.from([...hashOf(1), ...hashOf(2), ...hashOf(1)]);
    const rows = (parts: readonly number[], counted: readonly number[] = [1, 1, 1]) =>
      records.of({ hashes, parts: Int32Array.from(parts), counted: Uint8Array.from(counted) }).length / 20;
    expect(rows([0, 0, 0])).toBe(2);
    expect(rows([0, 0, 0])).toBe(0);
    expect(rows([0, 1, 0], [1, 0, 1])).toBe(0);
    expect(rows([1, 0, 0])).toBe(2);
  });

  it('are told that come twice, however often, and by way of scratch files', () => {
    const oneByOne = (keys: readonly number[]): Uint8Array =>
      new Uint8Array(Uint32Array.from(keys.flatMap((key) => [...hashOf(key), 1])).buffer);
    const hexOf = (key: number): string => Buffer.from(Uint32Array.from(hashOf(key)).buffer).toString('hex');
    const keys = fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(keys, (batches) => {
        const all = batches.flat();
        const read = () => batches.map(oneByOne);
        const { repeats, some } = new RepeatCounter(scratch, 3).count({ records: all.length, read });
        expect(repeats).toBe(all.length - new Set(all).size);
        const twice = [...new Set(all.filter((key, at) => all.indexOf(key) !== at))];
        expect(some).toHaveLength(Math.min(3, twice.length));
        for (const hash of some) expect(twice.map(hexOf)).toContain(hash);
      }),
    );
    const many = Array.from({ length: 12 }, (_, chunk) =>
      Array.from({ length: 100_000 }, (__, at) => chunk * 99_999 + at),
    );
    const large = { records: 1_200_000, read: () => many.map(oneByOne) };
    // The last of each chunk is the first of the next.
    const { repeats, some } = new RepeatCounter(scratch, 20).count(large);
    expect(repeats).toBe(11);
    expect([...some].sort()).toEqual(Array.from({ length: 11 }, (_, chunk) => hexOf((chunk + 1) * 99_999)).sort());
    expect(readdirSync(ticket.folder)).toEqual(before);
  });
});
