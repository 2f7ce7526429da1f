import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Int32, type RecordBatch, Table, Utf8, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { RowsCollector } from '../../src/core/arrow/rows-collector.js';
import { MisfitError } from '../../src/core/misfit-error.js';
import type { Scratch } from '../../src/core/scratch.js';
import type { Column } from '../../src/core/types.js';
import type { Router } from '../../src/core/routing.js';
import { routedStage } from '../../src/lane/routed-stage.js';
import { readSpool, type Spool, SpoolWriter } from '../../src/lane/spool.js';
import { thisMachine } from '../../src/machine/machine.js';
import { openScratch } from '../../src/scratch/files.js';
import { makeScratch } from '../../src/scratch/folder.js';
import { memoryScratch } from '../ports/memory-scratch.js';

const parent = mkdtempSync(join(tmpdir(), 'tidemark-spool-'));
const ticket = makeScratch(thisMachine, parent);
afterAll(() => rmSync(parent, { recursive: true }));

const written = { wire: '', exactness: 'exact', redacted: false } as const;
const columns: readonly Column[] = [
  { name: 'n', sourceType: 'INT', type: { kind: 'int', bits: 32 }, ...written },
  { name: 'key', sourceType: 'TEXT', type: { kind: 'text' }, ...written, hidden: true },
  { name: 'word', sourceType: 'TEXT', type: { kind: 'text' }, ...written },
];

interface Row {
  readonly n: number;
  readonly key: string;
  readonly word: string | null;
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const column = (name: keyof Row, type: Int32 | Utf8) => vectorFromArray(rows.map((row) => row[name]) as never, type);
  const table = new Table({
    n: column('n', new Int32()),
    key: column('key', new Utf8()),
    word: column('word', new Utf8()),
  });
  return table.batches[0]!;
}

/** Rows go to where their key says; keys are numbered as they come, and stay so from batch to batch. */
function byKey(): Router {
  const keys: string[] = [];
  const route: Router['route'] = (batch) => {
    const values = batch.getChild('key')!;
    const of = Int32Array.from({ length: batch.numRows }, (_, row) => {
      const key = values.get(row) as string;
      return keys.includes(key) ? keys.indexOf(key) : keys.push(key) - 1;
    });
    return { keys, of };
  };
  return { route };
}

function spoolOf(scratch: Scratch, name: string, batches: readonly (readonly Row[])[]): Spool {
  const writer = new SpoolWriter(scratch, name);
  const stage = routedStage(columns, byKey());
  for (const rows of batches) {
    for (const portion of stage.portions(batchOf(rows), { nulled: [1, 2, 3], extreme: [0, 0, 1] })) writer.add(portion);
  }
  return structuredClone(writer.finish());
}

function rowsOf(scratch: Scratch, spool: Spool, key: string): unknown[] {
  const target = spool.targets.find((one) => one.key === key)!;
  const { schema } = batchOf([{ n: 0, key: '', word: '' }]).selectAt([0, 2]);
  const collector = new RowsCollector(schema);
  expect(schema.fields).toHaveLength(2);
  const rows: unknown[] = [];
  let bytes = 0;
  for (const run of readSpool(scratch, spool, target)) {
    collector.add(run.bytes);
    const batch = collector.finish();
    expect(batch.numRows).toBe(run.rows);
    rows.push(...batch.toArray().map((row: { toJSON(): unknown }) => row.toJSON()));
    bytes += run.size;
  }
  expect({ rows: rows.length, bytes }).toEqual({ rows: target.rows, bytes: target.bytes });
  return rows;
}

const row = fc.record({
  n: fc.integer({ min: -5, max: 2 ** 31 - 1 }),
  key: fc.constantFrom('', 'train', 'test', 'day=1', 'é', ...Array.from({ length: 40 }, (_, i) => `p${i}`)),
  word: fc.option(fc.string({ maxLength: 9 })),
});

describe.each<[string, Scratch]>([
  ['a folder', openScratch(thisMachine.fs, ticket)],
  ['memory', memoryScratch(new Map())],
])('a spool in %s', (_, scratch) => {
  it('gives the rows of each target, in their order, without what is hidden', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { minLength: 1, maxLength: 60 }), { maxLength: 4 }), (batches) => {
        const spool = spoolOf(scratch, 't0-r0', batches);
        const all = batches.flat();
        const keys = [...new Set(all.map(({ key }) => key))].sort((a, b) => (a < b ? -1 : 1));
        expect(spool.targets.map(({ key }) => key)).toEqual(keys);
        // Of each batch once, and not of what is hidden.
        const times = batches.length;
        const misfits = [
          { nulls: 0, nulled: times, extreme: 0 },
          { nulls: 0, nulled: 3 * times, extreme: times },
        ];
        expect(spool.told).toEqual(times === 0 ? undefined : { columns: misfits });
        for (const key of keys) {
          const expected = all.filter((one) => one.key === key).map(({ n, word }) => ({ n, word }));
          expect(rowsOf(scratch, spool, key)).toEqual(expected);
        }
        scratch.remove(spool.name);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a spool', () => {
  const scratch = openScratch(thisMachine.fs, ticket);
  const rows = Array.from({ length: 300 }, (_, n): Row => ({ n, key: `k${n % 3}`, word: 'word' }));

  it.each([
    ['cut', (path: string) => truncateSync(path, 100)],
    ['overwritten', (path: string) => writeFileSync(path, Buffer.alloc(100, 9), { flag: 'r+' })],
  ])('that somebody has %s is noticed', (_, change) => {
    const spool = spoolOf(scratch, 'changed', [rows]);
    change(join(ticket.folder, 'changed'));
    expect(() => rowsOf(scratch, spool, 'k0')).toThrow(expect.objectContaining({ code: 'scratch.io' }));
    scratch.remove('changed');
  });

  it('has the rows that a router keeps, and counts the others; a misfit is told by its place among all', () => {
    const keep = (batch: RecordBatch) => Int32Array.from({ length: batch.numRows / 2 }, (_, i) => 2 * i + 1);
    const writer = new SpoolWriter(scratch, 'kept');
    const stage = routedStage(columns, { ...byKey(), keep });
    for (const portion of stage.portions(batchOf(rows), { nulled: [], extreme: [] })) writer.add(portion);
    const spool = writer.finish();
    expect(spool.leftOut).toBe(150);
    expect(rowsOf(scratch, spool, 'k1').map((row) => (row as Row).n)).toEqual(
      rows.filter(({ n }) => n % 2 === 1 && n % 3 === 1).map(({ n }) => n),
    );
    scratch.remove('kept');
    const route = (): never => {
      throw new MisfitError({ column: 0, row: 3 }, 'data.misfit', 'no place', '');
    };
    const failing = routedStage(columns, { keep, route }).portions(batchOf(rows), { nulled: [], extreme: [] });
    expect(() => failing.next()).toThrow(expect.objectContaining({ row: 7, code: 'data.misfit' }));
  });

  it('takes nothing more when it is given up', () => {
    const files = new Map<string, Buffer>();
    const writer = new SpoolWriter(memoryScratch(files), 'given-up');
    const [portion] = routedStage(columns, byKey()).portions(batchOf(rows), { nulled: [], extreme: [] });
    writer.add(portion!);
    writer.discard();
    writer.add(portion!);
    writer.discard();
    expect(files.size).toBe(0);
  });
});
