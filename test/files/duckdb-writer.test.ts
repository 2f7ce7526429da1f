import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import { emptyFolder } from '../support/cli.js';
import { adopt, hashesIn, verify, versionOf } from './foreign.js';

const folder = emptyFolder('duckdb');
const rows = 5_000;

/** Every type that DuckDB writes, with what is extreme in it and with NULLs. */
const everything = `
  SELECT i AS id,
    i % 2 = 0 AS flag,
    CASE i % 3 WHEN 0 THEN -128 WHEN 1 THEN 127 END::TINYINT AS i8,
    CASE i % 3 WHEN 0 THEN -32768 WHEN 1 THEN 32767 END::SMALLINT AS i16,
    CASE i % 3 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 END::INTEGER AS i32,
    CASE i % 3 WHEN 0 THEN -9223372036854775808 WHEN 1 THEN 9223372036854775807 END::BIGINT AS i64,
    CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN 255 END::UTINYINT AS u8,
    CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN 65535 END::USMALLINT AS u16,
    CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN 4294967295 END::UINTEGER AS u32,
    CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN 18446744073709551615 END::UBIGINT AS u64,
    CASE i % 4 WHEN 0 THEN 'nan' WHEN 1 THEN '-inf' WHEN 2 THEN '0.1' END::FLOAT AS f32,
    CASE i % 4 WHEN 0 THEN 'nan' WHEN 1 THEN '-0.0' WHEN 2 THEN '5e-324' END::DOUBLE AS f64,
    CASE i % 3 WHEN 0 THEN '-9.99' WHEN 1 THEN '0.01' END::DECIMAL(3,2) AS tiny,
    CASE i % 3 WHEN 0 THEN '-99999999999999.9999' WHEN 1 THEN '0.0001' END::DECIMAL(18,4) AS long,
    CASE i % 3 WHEN 0 THEN '-9999999999999999999999999999.9999999999' WHEN 1 THEN '1' END::DECIMAL(38,10) AS wide,
    CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN 'ü€𝄞' WHEN 2 THEN repeat('x', 300) END AS text,
    CASE i % 3 WHEN 0 THEN 'low' WHEN 1 THEN 'high' END::ENUM ('low', 'high') AS word,
    CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN '\\x00\\xFF' END::BLOB AS bytes,
    CASE i % 3 WHEN 0 THEN '{"a": [1, 2.50]}' WHEN 1 THEN 'null' END::JSON AS json,
    CASE i % 3 WHEN 0 THEN '00000000-0000-0000-0000-000000000000' WHEN 1 THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff' END::UUID AS uuid,
    CASE i % 3 WHEN 0 THEN '0001-01-01' WHEN 1 THEN '9999-12-31' END::DATE AS day,
    CASE i % 3 WHEN 0 THEN '00:00:00' WHEN 1 THEN '23:59:59.999999' END::TIME AS time,
    CASE i % 3 WHEN 0 THEN '0001-01-01 00:00:00' WHEN 1 THEN '9999-12-31 23:59:59.999999' END::TIMESTAMP AS wall,
    CASE i % 3 WHEN 0 THEN '0001-01-01 00:00:00+00' WHEN 1 THEN '9999-12-31 23:59:59.999999+00' END::TIMESTAMPTZ AS moment,
    CASE i % 3 WHEN 0 THEN '1700-01-01 00:00:00' WHEN 1 THEN '2200-12-31 23:59:59' END::TIMESTAMP_S AS s,
    CASE i % 3 WHEN 0 THEN '1700-01-01 00:00:00.001' WHEN 1 THEN '2200-12-31 23:59:59.999' END::TIMESTAMP_MS AS ms,
    CASE i % 3 WHEN 0 THEN '1700-01-01 00:00:00.000000001' WHEN 1 THEN '2200-12-31 23:59:59.999999999' END::TIMESTAMP_NS AS ns,
    CASE i % 3 WHEN 0 THEN INTERVAL '14 months 3 days 4.005 seconds' WHEN 1 THEN INTERVAL '0 days' END AS span,
    CASE i % 3 WHEN 0 THEN [] WHEN 1 THEN [1, NULL, 3] END::UTINYINT[] AS list,
    CASE i % 3 WHEN 0 THEN {'a': 1, 'b': ['x', NULL]} WHEN 1 THEN {'a': NULL, 'b': NULL} END AS struct,
    CASE i % 3 WHEN 0 THEN MAP {'k': 1, 'l': NULL} WHEN 1 THEN MAP {} END AS map
  FROM range(${rows}) numbers(i)`;

/** DuckDB takes an interval as it wrote it, and as a struct. */
const span = (isOwn: boolean): string =>
  isOwn
    ? "CASE WHEN span IS NOT NULL THEN {'months': datepart('year', span) * 12 + datepart('month', span), 'days': datepart('day', span), 'microseconds': (epoch(span - to_days(datepart('day', span)::INT) - to_months((datepart('year', span) * 12 + datepart('month', span))::INT)) * 1000000)::BIGINT} END"
    : 'span';

const writers: Readonly<Record<string, string>> = {
  plain: '',
  'small-groups': ', ROW_GROUP_SIZE 2048, COMPRESSION zstd',
  'version-2': ', PARQUET_VERSION v2, COMPRESSION lz4_raw',
  several: ", PER_THREAD_OUTPUT true, FILE_SIZE_BYTES '20KB', ROW_GROUP_SIZE 2048",
};

describe.each(Object.entries(writers))('files of DuckDB, %s', (name, options) => {
  const files = join(folder, name);
  beforeAll(async () => {
    if (options.includes('PER_THREAD'))
      await queryDuckdb(`COPY (${everything}) TO '${files}' (FORMAT parquet${options})`);
    else {
      mkdirSync(files);
      await queryDuckdb(`COPY (${everything}) TO '${files}/all.parquet' (FORMAT parquet${options})`);
    }
  });

  it('are kept byte by byte, and what is written anew has the same values for DuckDB', async () => {
    const kept = await adopt(files);
    expect(kept.rows).toBe(rows);
    expect([...kept.shards.map(({ sha256 }) => sha256)].sort()).toEqual([...hashesIn(files)].sort());
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
    const anew = await adopt(files, { compression: 'snappy' });
    expect(versionOf(anew).kept).toBeUndefined();
    expect(anew.digest).toBe(kept.digest);
    expect(await verify(anew.location)).toMatchObject({ valid: true });
    const read = (folder: string): ReturnType<typeof queryDuckdb> =>
      queryDuckdb(
        `SELECT * REPLACE (${span(folder === files)} AS span) FROM read_parquet('${folder}/**/*.parquet') ORDER BY id`,
      );
    const [before, after] = [await read(files), await read(anew.location)];
    expect(after.map((column) => [column.name, column.values])).toEqual(
      before.map((column) => [column.name, column.values]),
    );
  });
});

it('a row group with more rows than any of ours is verified', { timeout: 60_000 }, async () => {
  const file = join(emptyFolder('duckdb'), 'large.parquet');
  await queryDuckdb(
    `COPY (SELECT i % 2 = 0 AS flag FROM range(5000000) t(i)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 5000000)`,
  );
  const { location } = await adopt(file);
  expect(await verify(location)).toMatchObject({ valid: true, findings: [], rows: 5_000_000 });
});
