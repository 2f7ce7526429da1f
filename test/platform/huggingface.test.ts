import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson } from '../support/cli.js';
import { pythonEnvironment } from './python.js';

const trainer = await pythonEnvironment('huggingface', ['datasets==5.2.0']);
const program = `
import json, sys
from datasets import load_dataset
print(json.dumps({name: part.num_rows for name, part in load_dataset(*sys.argv[1:]).items()}))`;

describe.skipIf(trainer.bin === undefined)('load_dataset of Hugging Face', { timeout: 120_000 }, () => {
  let made: Snapshot;
  let rows: Record<string, number>;
  beforeAll(async () => {
    const database = await freshDatabase(inject('postgres18'));
    await database.query(
      'CREATE TABLE events AS SELECT i AS id, i % 500 AS customer, md5(i::text) AS note FROM generate_series(1, 20000) i',
    );
    const split = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'customer'];
    const named = [
      '--dataset',
      'dataset://events/2024-q1',
      '--out',
      emptyFolder('huggingface'),
      '--shard-size',
      '16KiB',
    ];
    made = await snapshotJson(['--table', 'events', ...named, ...split], { env: { TIDEMARK_SOURCE: database.url } });
    rows = Object.fromEntries(Object.entries(made.splits).map(([part, counted]) => [part, counted.rows]));
  });

  async function loaded(folder: string, ...table: readonly string[]): Promise<unknown> {
    const env = { HF_HOME: emptyFolder('hf-home'), HF_HUB_OFFLINE: '1', HOME: emptyFolder('home') };
    const { stdout } = await execa(join(trainer.bin!, 'python'), ['-c', program, folder, ...table], {
      env,
      stdin: 'ignore',
    });
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  }

  it("finds the splits in a version's folder", async () => {
    expect(made.shards.length).toBeGreaterThan(3);
    expect(await loaded(made.location)).toEqual(rows);
  });

  it('finds splits of any name, and several tables, by a dataset card', async () => {
    const database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE events AS SELECT i AS id, i % 50 AS customer, i % 3 AS k FROM generate_series(1, 1000) i;
      CREATE TABLE people AS SELECT i AS customer FROM generate_series(0, 49) i`);
    const tables = JSON.stringify({ events: { table: 'events', 'partition-by': 'k' }, people: { table: 'people' } });
    const split = ['--split', 'fit=0.6,holdout=0.4', '--split-key', 'customer', '--split-exact', '--dataset-card'];
    const named = ['--dataset', 'dataset://events/v1', '--out', emptyFolder('huggingface')];
    const { location } = await snapshotJson(['--tables', tables, ...named, ...split], {
      env: { TIDEMARK_SOURCE: database.url },
    });
    expect(await loaded(location, 'people')).toEqual({ fit: 30, holdout: 20 });
    expect(await loaded(location, 'events')).toEqual({ fit: 600, holdout: 400 });
  });

  it('finds them by names of files alone, where a platform put all into one folder', async () => {
    const flat = emptyFolder('flat');
    for (const { path } of made.shards) await copyFile(join(made.location, path), join(flat, basename(path)));
    expect(await loaded(flat)).toEqual(rows);
  });
});
