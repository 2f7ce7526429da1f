// Tables of every awkward shape: how each is made, and how it is read.
import { lineitemSql } from '../../end-to-end/workloads/lineitem.mjs';

const mebibyte = 1024 * 1024;

/** Texts of so many bytes that hardly compress: what repeats lies farther apart than a codec looks back. */
const large = (table, type, bytes, rows) => {
  const text = `repeat(base, ${Math.ceil(bytes / 131_072)})`;
  const value = type === 'bytea' ? `convert_to(${text}, 'UTF8')` : text;
  return [
    `CREATE UNLOGGED TABLE ${table} (id int, kept ${type})`,
    `ALTER TABLE ${table} ALTER kept SET STORAGE EXTERNAL`,
    `INSERT INTO ${table} WITH one AS MATERIALIZED
       (SELECT string_agg(md5(i::text), '') AS base FROM generate_series(1, 4096) i)
     SELECT i, ${value} FROM one, generate_series(1, ${rows}) i`,
  ];
};

const wide = (table, type, value, rows) => {
  const names = Array.from({ length: 1600 }, (_, index) => `c${index}`);
  return [
    `CREATE UNLOGGED TABLE ${table} (${names.map((name) => `${name} ${type}`).join(', ')})`,
    `INSERT INTO ${table} SELECT ${names.map((_, index) => value(index)).join(', ')} FROM generate_series(1, ${rows}) i`,
  ];
};

const many = (tables) =>
  Array.from(
    { length: tables },
    (_, index) =>
      `CREATE UNLOGGED TABLE many_${index} AS SELECT i AS id, md5(i::text) AS word, i * 1.5 AS price
       FROM generate_series(1, 1000) i`,
  );

const lineitem = (millions) => ({
  tables: [`lineitem_${millions}`],
  sql: ['SELECT setseed(0.42)', lineitemSql(`lineitem_${millions}`, millions * 1e6)],
});
const manyTables = Array.from({ length: 300 }, (_, index) => `many_${index}`);
const tls = (source) => `${source}?sslmode=require`;

/** What is made once: `tables` that it makes, by `sql`. */
export const data = {
  lineitem1: lineitem(1),
  lineitem2: lineitem(2),
  lineitem6: lineitem(6),
  lineitem60: lineitem(60),
  narrow: {
    tables: ['narrow'],
    sql: ['CREATE UNLOGGED TABLE narrow AS SELECT i AS id, i % 1000 AS kind FROM generate_series(1, 10000000) i'],
  },
  texts1: { tables: ['texts1'], sql: large('texts1', 'text', mebibyte, 500) },
  bytes30: { tables: ['bytes30'], sql: large('bytes30', 'bytea', 30 * mebibyte, 12) },
  bytes100: { tables: ['bytes100'], sql: large('bytes100', 'bytea', 100 * mebibyte, 3) },
  bytes300: { tables: ['bytes300'], sql: large('bytes300', 'bytea', 300 * mebibyte, 2) },
  text600: { tables: ['text600'], sql: large('text600', 'text', 600 * mebibyte, 1) },
  wideInts: { tables: ['wide_ints'], sql: wide('wide_ints', 'int', (index) => `i * ${index + 1}`, 20_000) },
  // A row has room in a page of 8 KiB.
  wideTexts: { tables: ['wide_texts'], sql: wide('wide_texts', 'text', (index) => `(i % ${index + 7})::text`, 20_000) },
  many: { tables: manyTables, sql: many(300) },
};

/** Each with the data that it reads and the words that say how; bytes a second of a disk or a server that is a hundred times slower than the rest. */
export const shapes = [
  { name: 'lineitem, 1M rows', data: 'lineitem1' },
  { name: 'lineitem, 6M rows', data: 'lineitem6' },
  // 8 GB of disk: only when it is asked for by name.
  { name: 'lineitem, 60M rows', data: 'lineitem60', alone: true },
  { name: 'lineitem, 1M rows, a slow disk', data: 'lineitem1', diskBytes: 1e6 },
  { name: 'lineitem, 1M rows, a slow server', data: 'lineitem1', serverBytes: 1.5e6 },
  { name: 'lineitem, 2M rows, one lane', data: 'lineitem2', words: ['--lanes', '1'] },
  { name: 'lineitem, 2M rows, 5 lanes', data: 'lineitem2', words: ['--lanes', '5'] },
  { name: 'lineitem, 2M rows, TLS', data: 'lineitem2', url: tls },
  { name: 'lineitem, 2M rows, a query', data: 'lineitem2', query: 'SELECT * FROM lineitem_2' },
  { name: 'lineitem, 2M rows, zstd', data: 'lineitem2', words: ['--compression', 'zstd'] },
  {
    name: 'lineitem, 2M rows, split in 2',
    data: 'lineitem2',
    words: ['--split', 'train=0.8', '--split', 'test=0.2'],
  },
  { name: 'lineitem, 2M rows, 7 partitions', data: 'lineitem2', words: ['--partition-by', 'l_shipmode'] },
  {
    name: 'lineitem, 1M rows, 84 partitions',
    data: 'lineitem1',
    words: ['--partition-by', 'l_shipdate:month'],
  },
  { name: 'lineitem, 2M rows, CSV', data: 'lineitem2', words: ['--format', 'csv'] },
  { name: 'lineitem, 2M rows, to S3', data: 'lineitem2', bucket: true },
  { name: '2 ints, 10M rows', data: 'narrow' },
  { name: '1 MiB texts × 500', data: 'texts1' },
  { name: '1 MiB texts × 500, a query', data: 'texts1', query: 'SELECT * FROM texts1' },
  { name: '1 MiB texts × 500, split in 2', data: 'texts1', words: ['--split', 'train=0.8', '--split', 'test=0.2'] },
  { name: '1 MiB texts × 500, CSV', data: 'texts1', words: ['--format', 'csv'] },
  { name: '30 MiB bytea × 12', data: 'bytes30' },
  { name: '30 MiB bytea × 12, to S3', data: 'bytes30', bucket: true },
  { name: '100 MiB bytea × 3', data: 'bytes100' },
  { name: '300 MiB bytea × 2', data: 'bytes300' },
  { name: '600 MiB text × 1', data: 'text600' },
  { name: '1,600 ints, 20,000 rows', data: 'wideInts' },
  { name: '1,600 texts, 20,000 rows', data: 'wideTexts' },
  {
    name: '1,600 texts, 20,000 rows, split in 2',
    data: 'wideTexts',
    words: ['--split', 'train=0.8', '--split', 'test=0.2'],
  },
  { name: '300 tables, 1,000 rows each', data: 'many' },
];
