import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { python, skipWithoutPython } from '../readers/digest.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson } from '../support/cli.js';

/** `npm run test:long` takes ten times as many. */
const scale = process.env['TIDEMARK_TEST_LONG'] === '1' ? 10 : 1;
const rows = 600_000 * scale;
const entities = 20_000 * scale;
const more = 100_000 * scale;
const shares = { train: 0.7, validation: 0.15, test: 0.15 };

describe(`a split of ${rows} rows of ${entities} entities`, { timeout: 600_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(
      `CREATE TABLE visits AS SELECT i AS id, (i::bigint * 7919) % ${entities} AS entity, md5(i::text) AS note FROM generate_series(1, ${rows}) i`,
    );
  });

  const make = (): Promise<Snapshot> => {
    const parts = Object.entries(shares).map(([name, share]) => `${name}=${share}`);
    const words = ['--split', parts.join(','), '--split-key', 'entity', '--dataset', 'dataset://visits/v1'];
    return snapshotJson(['--table', 'visits', ...words, '--out', emptyFolder('proof')], {
      env: { TIDEMARK_SOURCE: database.url },
    });
  };
  async function partsOf({ location }: Snapshot): Promise<Map<string, string>> {
    const { version } = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
    const found = new Map<string, string>();
    for (const part of Object.keys(shares)) {
      const [keys] = await queryDuckdb(
        `SELECT DISTINCT entity::VARCHAR FROM read_parquet('${location}/${part}/*.parquet')`,
      );
      expect(version.entities!.parts[part]).toBe(keys!.values.length);
      for (const key of keys!.values) {
        expect(found.has(key!), `${key} is in two parts`).toBe(false);
        found.set(key!, part);
      }
    }
    expect(version.entities).toMatchObject({ total: found.size, inSeveral: 0 });
    return found;
  }

  it('has no entity in two parts, shares as asked, and moves nobody when rows are added', async (context) => {
    const before = await partsOf(await make());
    expect(before.size).toBe(entities);
    for (const [part, share] of Object.entries(shares)) {
      const found = [...before.values()].filter((one) => one === part).length / entities;
      // Five standard deviations; with 200,000 entities they are half a percent.
      expect(Math.abs(found - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / entities));
    }
    await database.query(
      `INSERT INTO visits SELECT i, (i::bigint * 7919) % ${entities + entities / 10}, 'new' FROM generate_series(${rows + 1}, ${rows + more}) i`,
    );
    const after = await partsOf(await make());
    expect(after.size).toBeGreaterThan(entities);
    expect([...before].filter(([entity, part]) => after.get(entity) !== part)).toEqual([]);
    await skipWithoutPython(context);
    const page = readFileSync(new URL('../../docs/splits.md', import.meta.url), 'utf8');
    const [code] = /(?<=```python\n)[^]*?(?=\n```)/.exec(page)!;
    const loop = `\nimport sys\nfor line in sys.stdin:\n    print(part([int(line)]))\n`;
    const told = (await python(['-c', code + loop], [...after.keys()].join('\n'))).split('\n').slice(-after.size);
    expect(told.length).toBe(after.size);
    expect([...after.values()].filter((part, index) => told[index] !== part)).toEqual([]);
  });
});
