import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { ShardReceipt } from '../../src/core/shard.js';
import type { ConsistencyCertificate, OpenSource, TablePlan } from '../../src/core/source.js';
import { summariseVersion, summarySections } from '../../src/manifest/summary.js';
import { encodeManifest, manifestName } from '../../src/manifest/encode.js';
import { parseManifest } from '../../src/manifest/parse.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { metadataLines } from '../../src/manifest/valohai.js';
import { checkManifest } from '../../src/version/verify/manifest.js';
import { checkMetadata } from '../../src/version/verify/metadata.js';
import { RunEvents } from '../../src/snapshot/run-events.js';
import { readOptions, resolvePlan } from '../../src/snapshot/options.js';
import type { Plan } from '../../src/snapshot/plan.js';
import { manifestsOf } from '../../src/snapshot/manifest-of-run.js';
import { orderReceipts } from '../../src/manifest/build.js';
import { destinations } from '../../src/destination/registry.js';
import { assertWritable } from '../../src/snapshot/writable.js';
import { plainContext } from '../snapshot/options/context.js';
import { factsOf } from './facts.js';
import { column, input } from './inputs.js';

/** Any text that a caller can hand over: now and then one that no file can hold. */
const given = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  {
    weight: 10,
    arbitrary: fc.constantFrom('\u0000', '\u2028', '\ufeffx', 'a\r\nb', '"\\', '__proto__', 'toJSON', '{date}', '..'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('\ud800', 'tidemark.id', 'row_count') },
);
/** Any text that a server can send. */
const sent = given.map((text) => text.toWellFormed());
const odd = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<unknown>(undefined, null, -0, 1e21, 2 ** 53, 5e-324, new Date(-1e15)) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(NaN, Infinity, Symbol('s'), () => 1, new Date(NaN)) },
);
const properties = fc.dictionary(
  fc.oneof(given, fc.constantFrom('source_table', 'date_range', 'source_database')),
  fc.oneof(odd, fc.array(odd, { maxLength: 3 }), fc.dictionary(given, odd, { maxKeys: 3 }), fc.jsonValue(), given),
  { maxKeys: 4 },
);

const options = fc.record(
  {
    dataset: fc.constantFrom('dataset://sales/{date}', 'dataset://s-1/{run}', 'dataset://a.b/{datetime}-{week}'),
    from: fc.constantFrom(undefined, undefined, 'dataset://sales/v0', 'dataset:///x'),
    table: fc.constantFrom<unknown>('t', 'public."Order lines"', { x: 'a.b', y: '"\u00e4/.."' }),
    name: fc.constantFrom(undefined, '{version}--{table}-{index}', '{index}_{run}-{table}', '_{run}{index}'),
    tag: fc.option(fc.array(given, { maxLength: 3 }), { nil: undefined }),
    alias: fc.constantFrom(undefined, 'production', '..', 'a b'),
    property: properties,
    date: fc.option(fc.constantFrom('0000-01-01', '0001-12-31', '9999-12-31', '2024-02-29'), { nil: undefined }),
    timeZone: fc.constantFrom('UTC', 'Pacific/Kiritimati', 'America/New_York', 'Etc/GMT+12'),
    limit: fc.option(fc.constantFrom(0, 1, 2 ** 53 - 1), { nil: undefined }),
    shardSize: fc.constantFrom(1024, 2 ** 53 - 1, '1TiB'),
    dateColumn: fc.constantFrom(undefined, 'day'),
  },
  { requiredKeys: ['dataset', 'table', 'property'] },
);

/** Clocks of machines whose battery is empty, of tests, and of centuries that nobody plans for. */
const clocks = fc.oneof(
  { weight: 4, arbitrary: fc.date({ min: new Date('0001-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }) },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: true }) },
);

const columns = [column('day', 'date', { kind: 'date' }), column('t', 'text', { kind: 'text' })];
const days = fc.constantFrom('-4712-01-01', '0001-01-01', '2024-02-29', '+10000-01-01', '5874897-12-31');

const receipts = (table: number): fc.Arbitrary<ShardReceipt[]> =>
  fc
    .array(fc.record({ rows: fc.nat(), bytes: fc.nat(), nulls: fc.nat(), day: days, text: sent }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((shards) =>
      shards.map(({ rows, bytes, nulls, day, text }, part) => {
        const statistics = [
          { nulls, min: day, max: day },
          { nulls, min: text, max: text },
        ];
        const sha256 = 'ab'.repeat(32);
        return {
          table,
          group: 0,
          part,
          path: `${table}-${part}.parquet`,
          rows,
          bytes,
          sha256,
          rowGroups: 1,
          facts: factsOf(columns, rows, statistics),
        };
      }),
    );

const certificates = fc.record(
  { level: fc.constantFrom('snapshot', 'statement', 'none'), isolation: sent, lsn: sent, more: fc.array(sent) },
  { requiredKeys: ['level', 'isolation'] },
) as fc.Arbitrary<ConsistencyCertificate>;

const runs = fc.record({
  options,
  now: clocks,
  step: fc.integer({ min: -1e9, max: 1e9 }),
  shards: fc.tuple(receipts(0), receipts(1)),
  certificate: certificates,
  server: sent,
  warnings: fc.array(sent, { maxLength: 2 }),
  execution: fc.option(fc.dictionary(fc.constantFrom('valohai.execution-title', 'valohai.execution-tags'), given)),
});
type AnyRun = typeof runs extends fc.Arbitrary<infer R> ? R : never;

/** Undefined where the request is refused, as it should be: before anything is read. */
async function planOf({ options: library, now }: AnyRun): Promise<Plan | undefined> {
  const env = { VH_JOB_ID: 'job', VH_CONFIG_DIR: folder };
  const context = plainContext({ now, env });
  try {
    const source = 'postgres://u:p@localhost/d';
    const plan = await resolvePlan(
      await readOptions({ library: { source, ...library }, configFile: false }, context),
      context,
    );
    assertWritable(plan);
    return plan;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TidemarkError);
    expect((thrown as TidemarkError).code).toBe('request.invalid');
    return undefined;
  }
}

/** What the run records while the clock steps. */
function manifestFor(plan: Plan, { step, now, shards, certificate, server, warnings }: AnyRun): Manifest {
  const tables = plan.source.tables.map((table): TablePlan => {
    const ranges = [{ label: 'all', detail: 0 }];
    const [estimatedRows, sourceBytes] = [undefined, undefined];
    return { name: table.name, table: table.table, query: table.query, columns, ranges, estimatedRows, sourceBytes };
  });
  const source = {
    tables,
    certificate,
    server: { kind: 'postgres', version: server, database: server, host: server, user: server },
    serverLoad: () => ({}),
  } as unknown as OpenSource;
  const events = new RunEvents(() => undefined, [...plan.warnings, ...warnings], systemClock);
  vi.setSystemTime(Math.min(Math.max(now.getTime() + step, -8.64e15), 8.64e15));
  const named = orderReceipts(shards.slice(0, tables.length).flat(), tables.length);
  const threads = { lanes: 1, encodersPerLane: 0 };
  const written = named.map((of) => ({ targets: [{ shards: of }] }));
  const recorded = {
    plan,
    source,
    certificate,
    threads,
    events,
    tables: written,
    expectations: [],
    storedAs: input.storedAs,
  };
  return manifestsOf(recorded)[0]!;
}

const store = await destinations[0]!.loadStore();
const folder = mkdtempSync(join(tmpdir(), 'tidemark-published-'));
afterAll(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

describe('what a run publishes', () => {
  it(
    'is what verify and show accept, whatever the options, the clock and the server say',
    { timeout: 240_000 },
    async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      let published = 0;
      await fc.assert(
        fc.asyncProperty(runs, async (run) => {
          vi.setSystemTime(run.now);
          writeFileSync(join(folder, 'execution.json'), JSON.stringify(run.execution));
          const plan = await planOf(run);
          if (plan === undefined) return;
          const manifest = manifestFor(plan, run);
          const [bytes, file] = [encodeManifest(manifest), manifestName(plan.version)];
          expect(checkManifest(bytes, file, manifest.id).findings).toEqual([]);
          const parsed = parseManifest(bytes, file);
          const read = parsed.manifest;
          const { startedAt, finishedAt, seconds } = read.run;
          expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBe(Math.round(seconds * 1000));
          expect(
            summarySections(summariseVersion(read)).flatMap(({ lines }) => lines.map(([, text]) => typeof text)),
          ).not.toContain('undefined');
          writeFileSync(join(folder, 'valohai.metadata.jsonl'), metadataLines(manifest).join('\n'));
          const version = join(folder, plan.dataset, plan.version);
          mkdirSync(version, { recursive: true });
          expect(await checkMetadata({ store, folder: version, manifest: file, flat: false }, parsed)).toEqual([]);
          published += 1;
        }),
        { numRuns: 1000 },
      );
      expect(published).toBeGreaterThan(50);
    },
  );
});
