// What a contender wrote, read back by DuckDB: the rows and the sums that the server has? Outside all timing.
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { canonicalSum, duckdbChecksum } from './columns.mjs';

/** Data files of an output folder, wherever in it they are; what a contender works with itself is in folders with a dot. */
export function dataFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(parquet|csv)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).startsWith('.'));
}

export function bytesOf(files) {
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

/** Undefined when the output is right, else what is wrong with it. `changes` are columns whose values are meant to be others. */
export async function checkOutput(folder, { columns: all, expected }, changes = []) {
  const columns = all.map((column, index) => ({ ...column, index })).filter(({ name }) => !changes.includes(name));
  const files = dataFiles(folder);
  if (files.length === 0) return 'no file';
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '4GB' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const list = files.map((file) => `'${file}'`).join(', ');
    const source = files[0].endsWith('.csv')
      ? `read_csv([${list}], header = true, all_varchar = true, strict_mode = true)`
      : `read_parquet([${list}], hive_partitioning = false)`;
    const reader = await connection.runAndReadAll(
      `SELECT count(*) AS rows, ${columns.flatMap((column) => duckdbChecksum(column, column.index)).join(', ')} FROM ${source}`,
    );
    return compare(reader.getRowObjects()[0], expected, columns);
  } catch (error) {
    return `unreadable: ${error.message.split('\n')[0].slice(0, 200)}`;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function compare(found, expected, columns) {
  if (String(found.rows) !== expected.rows) return `${found.rows} rows, not ${expected.rows}`;
  const wrong = columns.filter(({ index }) =>
    [`c_${index}`, `s_${index}`].some((sum) => canonicalSum(found[sum]) !== canonicalSum(expected[sum])),
  );
  return wrong.length === 0
    ? undefined
    : `other values in ${wrong
        .map(({ name }) => name)
        .join(', ')
        .slice(0, 120)}`;
}
