import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { compact, snapshot, type SnapshotOptions } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemarkHere } from '../support/cli.js';

let db: FreshDatabase;
const out = emptyFolder('lineage');
const locations: string[] = [];

beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query('CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100) i');
  for (const name of ['v1', 'v2', 'v3']) {
    const chained: SnapshotOptions = { parent: join(out, 't'), ...(name === 'v1' && { firstRun: true }) };
    const given = { source: db.url, table: 't', dataset: `dataset://t/${name}`, out, ...chained };
    locations.push((await snapshot(given, { env: {} })).location);
    await db.query('INSERT INTO t SELECT max(id) + 1 FROM t');
  }
});
afterAll(() => db.drop());

interface Told {
  readonly lineage: readonly Readonly<Record<string, unknown>>[];
  readonly execution?: Readonly<Record<string, unknown>>;
}

async function lineage(location: string, env: Record<string, string> = {}): Promise<Told> {
  const { code, stdout, stderr } = await tidemarkHere(['show', location, '--lineage', '--json'], { env });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Told;
}

const told = ({ lineage: entries }: Told): unknown[] =>
  entries.map(({ version, relation, state, rows, road }) => [version, relation, state, rows, road]);

it('follows a chain to its beginning', async () => {
  const found = await lineage(locations[2]!);
  expect(told(found)).toEqual([
    ['dataset://t/v3', 'itself', 'here', 1, 'transactions'],
    ['dataset://t/v2', 'inherited', 'here', 1, 'transactions'],
    ['dataset://t/v1', 'inherited', 'here', 100, 'first'],
  ]);
  const { stdout } = await tidemarkHere(['show', locations[2]!, '--lineage']);
  expect(stdout).toMatch(/^dataset:\/\/t\/v3\n +this version\n +id +[0-9a-f]{64}\n +rows +1\n/);
  expect(stdout).toMatch(/\ndataset:\/\/t\/v1\n +its rows are part of it\n[^]* +command +tidemark snapshot /);
});

it('follows a merged version to what it was made of', async () => {
  const { location } = await compact(locations[2]!, { out });
  expect(told(await lineage(location))).toEqual([
    ['dataset://t/v3-compact', 'itself', 'here', 102, 'compacted'],
    ['dataset://t/v3', 'merged', 'here', 1, 'transactions'],
    ['dataset://t/v2', 'merged', 'here', 1, 'transactions'],
    ['dataset://t/v1', 'merged', 'here', 100, 'first'],
  ]);
});

it('says which versions are not there, and which are others', async () => {
  const manifest = (name: string): string => join(out, 't', name, `_manifest.${name}.json`);
  renameSync(manifest('v2'), `${manifest('v2')}.aside`);
  const kept = `${manifest('v1')}.aside`;
  copyFileSync(manifest('v1'), kept);
  copyFileSync(manifest('v3'), manifest('v1'));
  try {
    expect(told(await lineage(locations[2]!))).toEqual([
      ['dataset://t/v3', 'itself', 'here', 1, 'transactions'],
      ['dataset://t/v2', 'inherited', 'missing', undefined, undefined],
      ['dataset://t/v1', 'inherited', 'other', undefined, undefined],
    ]);
  } finally {
    renameSync(`${manifest('v2')}.aside`, manifest('v2'));
    renameSync(kept, manifest('v1'));
  }
});

it('inside of an execution, says what that says of itself', async () => {
  const { execution } = await lineage(locations[0]!, { VH_JOB_ID: 'exec-1', VH_PROJECT_ID: 'project-7' });
  expect(execution).toMatchObject({ platform: 'valohai', 'job-id': 'exec-1', 'project-id': 'project-7' });
});
