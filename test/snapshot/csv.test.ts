import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { shardsOfVersion } from '../../src/manifest/shards.js';
import { python, skipWithoutPython } from '../readers/digest.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

/** Texts that CSV readers stumble over; none of them is what stands for NULL in another way. */
const texts = ['plain', ' blanks ', 'a,b', 'say "hi"', 'two\nlines', 'back\\slash', '=1+1', 'é \u{1f600}', 'x;y|z'];

describe('CSV files', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let parquet: Snapshot;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE orders AS SELECT i::bigint AS id, i % 500 AS customer, (i * 1.25)::numeric(12,2) AS spent, i / 3.0::float8 AS score,
        i % 3 = 0 AS churned, date '2024-01-01' + i % 400 AS day, timestamptz '2024-01-01 00:00+00' + i * interval '1.5 s' AS moment,
        CASE WHEN i % 10 = 9 THEN NULL ELSE (ARRAY[${texts.map((text) => `U&'${escaped(text)}'`).join(', ')}])[1 + i % 9] END AS note,
        decode(md5(i::text), 'hex') AS hash, gen_random_uuid() AS uid, jsonb_build_object('n', i) AS doc
      FROM generate_series(1, 5000) i`);
    parquet = await make([]);
  });

  const make = (args: readonly string[]) =>
    snapshotJson(['--table', 'orders', ...args, '--dataset', 'dataset://orders/v1', '--out', emptyFolder('csv')], {
      env: { TIDEMARK_SOURCE: database.url },
    });
  const csv = ['--format', 'csv'];
  const manifestOf = ({ location }: Snapshot): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;

  it.each([
    ['plain', [], '.csv'],
    ['with gzip', ['--compression', 'gzip'], '.csv.gz'],
    ['with zstd', ['--compression', 'zstd'], '.csv.zst'],
    ['of another dialect', ['--csv-separator', ';', '--csv-null', 'NULL'], '.csv'],
    ['in many files', ['--shard-size', '64KiB', '--lanes', '2'], '.csv'],
  ])('%s: the rows of Parquet, with its digest, and verified', async (_, args, ending) => {
    const made = await make([...csv, ...args]);
    expect([made.rows, made.digest]).toEqual([5000, parquet.digest]);
    for (const { path } of made.shards) expect(path).toMatch(new RegExp(`^orders-v1-\\d{5}\\${ending}$`));
    const { code, stdout } = await tidemark(['verify', made.location]);
    expect(code, stdout).toBe(0);
  });

  it('have the same bytes with any number of lanes, by both roads', async () => {
    const sizes = ['--shard-size', '64KiB'];
    const [first, ...others] = await Promise.all(
      [['1'], ['2'], ['5'], ['2', '--via', 'cursor']].map((way) => make([...csv, ...sizes, '--lanes', ...way])),
    );
    expect(first!.shards.length).toBeGreaterThan(5);
    for (const { id, shards } of others) expect({ id, shards }).toEqual({ id: first!.id, shards: first!.shards });
  });

  it('are split and partitioned as Parquet files are', async () => {
    const where = ['--split', 'a=0.6,b=0.4', '--split-key', 'customer', '--partition-by', 'churned'];
    const made = await make([...csv, ...where, '--partition-columns', 'path', '--mask', 'note=redact']);
    const same = await make([...where, '--partition-columns', 'path', '--mask', 'note=redact']);
    expect([made.splits, made.digest]).toEqual([same.splits, same.digest]);
    expect(made.shards.map(({ path }) => path)).toEqual(
      ['a/churned=false', 'a/churned=true', 'b/churned=false', 'b/churned=true'].map((place) =>
        expect.stringMatching(new RegExp(`^${place}/orders-v1--.*\\.csv$`)),
      ),
    );
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    expect(readFileSync(join(made.location, made.shards[0]!.path), 'utf8').split('\n', 1)[0]).toBe(
      'id,customer,spent,score,day,moment,note,hash,uid,doc',
    );
  });

  it('without rows have a header', async () => {
    const made = await snapshotJson(
      [
        '--query',
        'SELECT * FROM orders WHERE id < 0',
        ...csv,
        '--dataset',
        'dataset://o/v1',
        '--out',
        emptyFolder('csv'),
      ],
      { env: { TIDEMARK_SOURCE: database.url } },
    );
    expect(readFileSync(join(made.location, made.shards[0]!.path), 'utf8')).toBe(
      'id,customer,spent,score,churned,day,moment,note,hash,uid,doc\n',
    );
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });

  it('are told by the manifest and by show, with types', async () => {
    const made = await make(csv);
    const manifest = manifestOf(made);
    expect(shardsOfVersion(manifest.version).map(({ rowGroups }) => rowGroups)).toEqual([undefined]);
    expect(manifest.version).toMatchObject({ format: 'csv', compression: 'none', csv: { separator: ',', null: '' } });
    expect(manifest.version.tables[0]!.schema.map(({ stored }) => stored)).toEqual([
      ...['integer', 'integer', 'number', 'number', 'boolean', 'date', 'datetime'],
      ...['string', 'string:binary', 'string:uuid', 'any'],
    ]);
    const schema = JSON.parse(readFileSync(join(made.location, '_schema.v1.json'), 'utf8')) as {
      fields: Record<string, string>[];
    };
    expect(schema).toMatchObject({ missingValues: [''] });
    expect(schema.fields[2]).toEqual({
      name: 'spent',
      type: 'number',
      'tidemark:type': 'decimal128(12,2)',
      'tidemark:source': 'numeric(12,2)',
    });
    expect(schema.fields[8]).toMatchObject({ name: 'hash', type: 'string', format: 'binary' });
    const lines = readFileSync(join(made.location, '../../valohai.metadata.jsonl'), 'utf8');
    expect(lines).toContain('"file":"orders/v1/_schema.v1.json"');
    appendFileSync(join(made.location, '_schema.v1.json'), ' ');
    expect((await tidemark(['verify', made.location])).stdout).toMatch(
      /wrong +_schema\.v1\.json: the bytes were changed/,
    );
    const shown = (await tidemark(['show', made.location])).stdout;
    expect(shown).toMatch(/spent +numeric\(12,2\) → decimal128\(12,2\), exact, 1\.25 to 6250\.00/);
  });

  it('are one for each table or part, with the names of the guide, where that is asked for', async () => {
    const single = [...csv, '--single-file', '--lanes', '2'];
    const one = await make([...single, '--name', 'customer_data_snapshot']);
    expect(one.shards.map(({ path }) => path)).toEqual(['customer_data_snapshot.csv']);
    expect(one.digest).toBe(parquet.digest);
    const daily = await make([...single, '--name', 'daily_snapshot_{date}', '--date', '2024-03-15']);
    expect(daily.shards.map(({ path }) => path)).toEqual(['daily_snapshot_2024-03-15.csv']);
    const split = await make([...single, '--split', 'train=0.8,test=0.2', '--split-key', 'customer']);
    expect(split.shards.map(({ path }) => path)).toEqual(['train/train.csv', 'test/test.csv']);
    for (const { location } of [one, daily, split]) expect((await tidemark(['verify', location])).code).toBe(0);
    const words = ['--table', 'orders', '--dataset', 'dataset://orders/v2', '--out', emptyFolder('csv'), ...single];
    const cases: readonly [RegExp, ...string[]][] = [
      [/single-file: does not go with --from dataset:\/\/orders\/v1/, '--from', 'dataset://orders/v1'],
      [/single-file: does not go with --shard-size/, '--shard-size', '1MiB'],
      [/name: "all-\{index\}" needs no \{index\}/, '--name', 'all-{index}'],
      [/name: "all" needs \{split\}/, '--name', 'all', '--split', 'a=0.5,b=0.5', '--split-key', 'id'],
    ];
    for (const [message, ...args] of cases) {
      const run = await tidemark(['plan', ...words, ...args], { env: { TIDEMARK_SOURCE: database.url } });
      expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  it('are read value by value by DuckDB', async () => {
    const { location, shards } = await make(csv);
    const columns = `{'id': 'BIGINT', 'customer': 'INT', 'spent': 'DECIMAL(12,2)', 'score': 'DOUBLE', 'churned': 'BOOLEAN', 'day': 'DATE', 'moment': 'TIMESTAMPTZ',
      'note': 'VARCHAR', 'hash': 'VARCHAR', 'uid': 'UUID', 'doc': 'JSON'}`;
    const files = `read_csv('${join(location, shards[0]!.path)}', columns = ${columns}, header = true)`;
    const ofParquet = `read_parquet('${join(parquet.location, parquet.shards[0]!.path)}')`;
    const all = 'id, customer, spent, score, churned, day, "moment", note, uid, doc::VARCHAR';
    const select = (from: string, hash: string) => `SELECT ${all}, ${hash} FROM ${from}`;
    const [counted] = await queryDuckdb(
      `SELECT count(*)::VARCHAR FROM (${select(files, 'hash')} EXCEPT ALL ${select(ofParquet, 'to_base64(hash)')})`,
    );
    expect(counted!.values).toEqual(['0']);
    const [rows] = await queryDuckdb(`SELECT count(*)::VARCHAR FROM ${files}`);
    expect(rows!.values).toEqual(['5000']);
  });

  it.each(['none', 'gzip'])(
    "are read text by text by Python's csv, pandas, Polars and pyarrow (%s)",
    async (compression, context) => {
      await skipWithoutPython(context as never);
      const { location, shards } = await make([...csv, '--compression', compression]);
      const program = `
import csv, gzip, json, sys
import pandas, polars, pyarrow, pyarrow.csv
path = sys.stdin.read()
opened = gzip.open(path, "rt", newline="", encoding="utf-8") if path.endswith(".gz") else open(path, newline="", encoding="utf-8")
with opened as file:
    rows = list(csv.DictReader(file))
notes = [row["note"] for row in rows]
frame = pandas.read_csv(path, keep_default_na=False, dtype=str)
table = pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))
lazy = polars.read_csv(path, infer_schema=False)
found = [notes, frame["note"].tolist(), [one or "" for one in table["note"].to_pylist()], [one or "" for one in lazy["note"].to_list()]]
spent = [[row["spent"] for row in rows], frame["spent"].tolist(), lazy["spent"].to_list()]
print(json.dumps({"same": all(one == found[0] for one in found), "sums": all(one == spent[0] for one in spent), "notes": notes[:10], "types": str(table.schema.field("moment").type)}))`;
      const told = JSON.parse(await python(['-c', program], join(location, shards[0]!.path))) as {
        same: boolean;
        sums: boolean;
        notes: string[];
      };
      expect(told).toMatchObject({ same: true, sums: true });
      expect(told.notes).toEqual(Array.from({ length: 10 }, (_, i) => ((i + 1) % 10 === 9 ? '' : texts[(i + 1) % 9])));
    },
  );

  it('are refused where that cannot be meant', async () => {
    const cases: readonly [RegExp, ...string[]][] = [
      [/compression: csv files cannot be snappy \(allowed: none, gzip, zstd\)/, ...csv, '--compression', 'snappy'],
      [/csv-separator: "x" is not allowed \(allowed: a comma/, ...csv, '--csv-separator', 'x'],
      [/csv-null: "a,b" cannot stand for NULL/, ...csv, '--csv-null', 'a,b'],
      [/csv-null: parquet files have none\n.*--format csv/, '--csv-null', 'NULL'],
    ];
    for (const [message, ...args] of cases) {
      const words = ['--table', 'orders', '--dataset', 'dataset://orders/v1', '--out', emptyFolder('csv')];
      const run = await tidemark(['snapshot', ...words, ...args], { env: { TIDEMARK_SOURCE: database.url } });
      expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
  });
});

/** In PostgreSQL's U&'' form. */
function escaped(text: string): string {
  return [...text].map((char) => `\\+${char.codePointAt(0)!.toString(16).padStart(6, '0')}`).join('');
}
