import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/progress.js';
import type { SourceModule, TablePlan } from '../../src/core/source.js';
import { readOptions, resolvePlan } from '../../src/snapshot/options.js';
import { installedPorts, type Ports } from '../../src/snapshot/ports.js';
import { previewSnapshot } from '../../src/snapshot/preview.js';
import { plainContext } from '../snapshot/options/context.js';
import { arrowSource } from './arrow-source.js';
import { snapshotInMemory } from './in-memory.js';
import { MemoryDestination } from './memory-destination.js';
import { GB, large, machineWith, MB, tellingSource } from './told-room.js';

interface Ran {
  readonly warnings: readonly string[];
  readonly lanes: number;
  readonly files: number;
  readonly error: unknown;
}

/** A snapshot, and the plan of it, which must say the same. */
async function run(
  told: Partial<TablePlan>,
  freeBytes: number | undefined,
  options: Parameters<typeof snapshotInMemory>[2] = {},
  changes: Partial<Ports> = {},
): Promise<Ran> {
  const source = tellingSource(told);
  const memory = new MemoryDestination();
  memory.freeBytes = freeBytes;
  const events: RunEvent[] = [];
  const all = { lanes: 1, ...options };
  let planned: unknown;
  const ports = { ...installedPorts, loadSource: async () => source, destinationOf: () => memory, ...changes };
  const library = { source: 'postgres://u@h/d', table: 'numbers', dataset: 'dataset://numbers/v1', ...all };
  const plan = await resolvePlan(await readOptions({ library, configFile: false }, plainContext()), plainContext());
  const { signal } = new AbortController();
  const preview = await previewSnapshot({ ...plan, out: 'memory:' }, { signal, ports }).catch((thrown: unknown) => {
    planned = thrown;
  });
  const error: unknown = await snapshotInMemory(source, memory, all, {
    ...changes,
    listener: (event) => void events.push(event),
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(planned).toEqual(error);
  if (preview) expect(preview.warnings).toEqual(warnings);
  return { warnings, lanes: source.lanesOpened(), files: memory.files.size, error };
}

describe('room for the files of a version', () => {
  it('refused before a row is read, with nothing left, where nearly surely there is none', async () => {
    const { error, lanes, files } = await run(large, 4 * GB);
    expect(error).toMatchObject({ code: 'destination.full', exitCode: 4 });
    expect((error as Error).message).toBe(
      '4.00 GB are free at memory:, and at least 4.76 GB are needed for files, probably about 50.0 GB',
    );
    expect(error).toHaveProperty('hint', expect.stringMatching(/^No row was read\. .*--out.*--limit.*ANALYZE/));
    expect(error).not.toHaveProperty('hint', expect.stringContaining('--scratch'));
    expect({ lanes, files }).toEqual({ lanes: 0, files: 0 });
  });

  it('a warning where it is less than is expected', async () => {
    const { error, warnings, files } = await run(large, 20 * GB);
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      '20.0 GB are free at memory:, and about 50.0 GB are expected to be needed for files: where that is not enough the run fails and leaves nothing',
    ]);
    expect(files).toBeGreaterThan(0);
  });

  it.each([
    ['there is enough', large, 51 * GB, {}],
    ['there is no limit', large, undefined, {}],
    ['only some rows are read (--limit)', { ...large, estimatedRows: 1000 }, GB, { limit: 1000 }],
    ['some entities are read (--sample)', large, GB, { sample: 0.001, splitKey: 'n' }],
    ['there are no rows', { sourceBytes: 8192, estimatedRows: 0 }, 8192, {}],
    ['nothing is known', { sourceBytes: undefined, estimatedRows: 10 * GB }, 65 * 1024 * 1024, {}],
  ])('nothing is said where %s', async (_, told, free, options) => {
    expect(await run(told, free, options)).toMatchObject({ error: undefined, warnings: [] });
  });

  it('a warning where nothing is known and there is hardly any', async () => {
    const { warnings } = await run({ sourceBytes: undefined }, 50 * MB);
    expect(warnings).toEqual([
      'only 50.0 MB are free at memory: for files, and it is not known how much is needed: where that is not enough the run fails and leaves nothing',
    ]);
  });

  it.each([
    ['pages are nearly empty', { ...large, rowBytes: 10, estimatedRows: 1000 }, {}],
    ['rows take little besides their headers', { ...large, rowBytes: 48, estimatedRows: (100 * GB) / 48 }, {}],
    ['it is not known what rows take', { ...large, rowBytes: undefined }, {}],
    ['what is masked may be all', large, { mask: { word: 'null' } }],
  ] as const)('never refused where %s', async (_, told, options) => {
    const { error, warnings } = await run(told as Partial<TablePlan>, 100 * MB, options);
    expect(error).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('CSV takes more', async () => {
    expect((await run(large, 8 * GB, { format: 'csv' })).error).toHaveProperty('code', 'destination.full');
    expect((await run(large, 51 * GB, { format: 'csv' })).warnings).toHaveLength(1);
  });
});

describe('room for scratch data', () => {
  const split = { split: { train: 0.5, test: 0.5 }, splitKey: 'n' } as const;

  it('rows of several targets wait there: scratch.full', async () => {
    const machine = machineWith(() => 10 * GB);
    const { error, lanes, files } = await run(large, 100 * GB, split, { machine });
    expect(error).toMatchObject({ code: 'scratch.full', hint: expect.stringContaining('--scratch') });
    expect((error as Error).message).toBe(
      `10.0 GB are free at ${tmpdir()}, and at least 19.0 GB are needed for scratch data, probably about 100 GB`,
    );
    expect({ lanes, files }).toEqual({ lanes: 0, files: 0 });
  });

  it('a warning, and nothing where there is enough', async () => {
    const warned = await run(large, 100 * GB, split, { machine: machineWith(() => 40 * GB) });
    expect(warned.warnings).toEqual([expect.stringContaining('about 100 GB are expected to be needed for scratch')]);
    const quiet = await run(large, 100 * GB, split, { machine: machineWith(() => 101 * GB) });
    expect(quiet.warnings).toEqual([]);
  });

  it('nothing waits of one table for one lane: it is not looked at', async () => {
    expect((await run(large, 100 * GB, {}, { machine: machineWith(() => 0) })).warnings).toEqual([]);
  });

  it('ranges that are read ahead: a warning, never refused', async () => {
    const ranges = { ranges: await wideRanges() };
    const { error, warnings } = await run(
      { ...large, ...ranges },
      100 * GB,
      { lanes: 2 },
      { machine: machineWith(() => GB) },
    );
    expect(error).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/1.00 GB are free at .* expected to be needed for scratch data/)]);
  });
});

/** The ranges of a table of 100 GB. */
async function wideRanges(): Promise<TablePlan['ranges']> {
  const request = { tables: [{ name: 'numbers' }] } as unknown as Parameters<SourceModule['open']>[0];
  const { tables } = await arrowSource(1000, 100, 10).open(request, new AbortController().signal);
  return tables[0]!.ranges.map((range) => ({ ...range, bytes: 10 * GB }));
}
