import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { RunEvent } from '../../src/core/progress.js';
import type { SourceModule, TablePlan } from '../../src/core/source.js';
import type { LaneStart } from '../../src/lane/messages.js';
import { installedLanePorts, type LanePorts } from '../../src/lane/ports.js';
import type { Router } from '../../src/core/routing.js';
import { laneHere } from '../../src/lane/running-lane.js';
import { writeTargets } from '../../src/lane/targets.js';
import { thisMachine } from '../../src/machine/machine.js';
import { formatOf } from '../../src/shard/registry.js';
import { rowGroupLimitsOf } from '../../src/snapshot/thread-plan.js';
import { arrowSource, type Row, rowOf } from '../ports/arrow-source.js';
import { MemoryDestination } from '../ports/memory-destination.js';
import { memoryScratch } from '../ports/memory-scratch.js';
import { fileOf } from '../shard/random-batches.js';

interface Circumstances {
  readonly rows: number;
  readonly targets: number;
  readonly lanes: number;
  readonly perBatch: number;
  readonly shardSize: number;
  /** Every range's connection breaks once. */
  readonly broken?: boolean;
}

const perRange = 5000;

/** Row `n` goes to `n % targets`; keys are numbered by each lane as it meets them. */
function remainders(targets: number): Router {
  const keys: string[] = [];
  const known = new Map<string, number>();
  const route: Router['route'] = (batch) => {
    const values = batch.getChild('n')!;
    const of = Int32Array.from({ length: batch.numRows }, (_, row) => {
      const key = `r${Number(values.get(row)) % targets}`;
      if (!known.has(key)) known.set(key, keys.push(key) - 1);
      return known.get(key)!;
    });
    return { keys, of };
  };
  return { route };
}

function breaking(source: SourceModule): SourceModule {
  const broke = new Set<string>();
  return {
    ...source,
    async openLane(ticket, signal) {
      const lane = await source.openLane(ticket, signal);
      return {
        ...lane,
        async read(table, range, limits, sink) {
          await lane.read(table, range, limits, sink);
          if (broke.has(range.label)) return;
          broke.add(range.label);
          throw new TidemarkError('source.lost', 'the connection broke', { retryable: true });
        },
      };
    },
  };
}

interface Made {
  /** By path. */
  readonly files: Record<string, string>;
  readonly paths: Record<string, readonly string[]>;
  readonly memory: MemoryDestination;
  readonly events: readonly RunEvent[];
  readonly scratch: ReadonlyMap<string, Buffer>;
}

async function make({ rows, targets, lanes, perBatch, shardSize, broken = false }: Circumstances): Promise<Made> {
  const plain = arrowSource(rows, perRange, perBatch);
  const source = broken ? breaking(plain) : plain;
  const [memory, scratch, events] = [new MemoryDestination(), new Map<string, Buffer>(), [] as RunEvent[]];
  const ports: LanePorts = {
    ...installedLanePorts,
    loadSource: async () => source,
    openObjects: async ({ ticket }) => memory.openObjects(ticket),
    openScratch: () => memoryScratch(scratch),
    routerOf: (route) => remainders(route as number),
    machine: { ...thisMachine, clock: { ...systemClock, sleep: () => Promise.resolve() } },
  };
  const destination = memory.connect('memory:', { name: 'news', names: () => false });
  const draft = await destination.openDraft({ dataset: 'd', version: 'v', run: 'r' });
  const signal = new AbortController().signal;
  const { tables } = await source.open({ tables: [{ name: 'numbers' }] } as never, signal);
  const start: Omit<LaneStart, 'encoders'> = {
    sourceKind: 'arrow',
    tables,
    routes: targets === 0 ? [] : [targets],
    misfits: { misfit: 'fail', infinity: 'misfit' },
    digest: true,
    format: { format: 'parquet', compression: 'snappy', createdBy: 'a test' },
    limits: rowGroupLimitsOf({ shardSize }),
    shardSize,
    shardNames: tables.map(() => '{table}-{index}'),
    ticket: {},
    draft: { destination: 'memory', ticket: draft.ticket },
    scratch: { folder: '', parent: '', made: undefined },
    retryFor: 10_000,
  };
  const written = await writeTargets(start, {
    lanes,
    encodersPerLane: 0,
    startLane: laneHere(ports),
    clock: systemClock,
    signal,
    listener: (event) => events.push(event),
    lost: new Promise<never>(() => undefined),
    shardNameOf: (_, key) => `${key}-{index}`,
  });
  const shards = written.targets.flatMap(({ groups }) => groups.flatMap((group) => group.shards));
  await draft.publish({ files: shards, manifest: { name: 'm', bytes: new Uint8Array(0) }, announcements: [] });
  const paths = written.targets.map(({ key, groups }) => {
    return [key, groups.flatMap((group) => group.shards.map(({ path }) => `memory:/d/v/${path}`)).sort()];
  });
  const files = [...memory.files].filter(([path]) => path.endsWith('.parquet')).sort();
  return {
    files: Object.fromEntries(files.map(([path, bytes]) => [path, bytes.toString('base64')])),
    paths: Object.fromEntries(paths) as Made['paths'],
    memory,
    events,
    scratch,
  };
}

async function rowsOf({ memory }: Made, paths: readonly string[]): Promise<{ rows: Row[]; rowGroups: number }> {
  const reader = await formatOf('parquet').loadReader();
  const [{ columns }] = (
    await arrowSource(1, 1, 1).open({ tables: [{ name: 'numbers' }] } as never, new AbortController().signal)
  ).tables as [TablePlan];
  const rows: Row[] = [];
  let rowGroups = 0;
  for (const path of paths) {
    const bytes = memory.files.get(path)!;
    for await (const batch of reader.read(fileOf(bytes), {
      bytes: bytes.length,
      as: { columns, compression: 'snappy' },
    })) {
      rowGroups += 1;
      for (const row of batch) rows.push({ n: row.n as bigint, word: row.word as string | null });
    }
  }
  return { rows, rowGroups };
}

it.each([
  [1, 2 ** 30],
  [3, 2 ** 30],
  [3, 16_384],
  [700, 2 ** 30],
])(
  '%i targets have their rows, in the order of the table, in files of at most %i bytes',
  async (targets, shardSize) => {
    const given = { rows: 23_456, targets, lanes: 2, perBatch: 777, shardSize };
    const made = await make(given);
    expect(Object.keys(made.paths).sort()).toEqual(Array.from({ length: targets }, (_, i) => `r${i}`).sort());
    for (const [key, paths] of Object.entries(made.paths)) {
      const { rows, rowGroups } = await rowsOf(made, paths);
      const all = Array.from({ length: given.rows }, (_, n) => n);
      expect(rows).toEqual(all.filter((n) => `r${n % targets}` === key).map(rowOf));
      // However many batches and ranges they came in.
      if (shardSize > 2 ** 20) expect({ files: paths.length, rowGroups }).toEqual({ files: 1, rowGroups: 1 });
      else expect(paths.length).toBeGreaterThan(1);
    }
    const progress = made.events.filter((event) => event.type === 'progress');
    expect(progress.at(-1)).toMatchObject({ rows: given.rows });
    expect(progress.every(({ rows }, i) => i === 0 || rows >= progress[i - 1]!.rows)).toBe(true);
  },
);

it('targets have the same bytes with any number of lanes, by batches of any size, and when connections break', async () => {
  const given = { rows: 23_456, targets: 5, lanes: 1, perBatch: 5000, shardSize: 4_096 };
  const { files } = await make(given);
  expect(Object.keys(files).length).toBeGreaterThan(5);
  for (const other of [{ lanes: 2 }, { lanes: 5, perBatch: 333 }, { lanes: 3, perBatch: 1000, broken: true }]) {
    const made = await make({ ...given, ...other });
    expect(made.files).toEqual(files);
    const retries = made.events.filter(({ type }) => type === 'retry').length;
    expect(retries).toBe(other.broken === true ? 5 : 0);
  }
});

it('a table whose rows have no route is refused', async () => {
  const made = make({ rows: 10, targets: 0, lanes: 1, perBatch: 10, shardSize: 2 ** 30 });
  await expect(made).rejects.toMatchObject({ code: 'internal.bug', message: 'the rows of numbers have no route' });
});
