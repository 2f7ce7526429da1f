// Results in parts, as each protocol divides them: made once, when they are asked for first.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cellSql } from './types.mjs';
import { wireColumn } from './types.mjs';

const pack = promisify(gzip);

/** `[first row, rows]` of each part; the first one comes with the answer. */
export function boundsOf(rows, { first, each }) {
  const bounds = [[0, Math.min(first, rows)]];
  for (let at = first; at < rows; at += each) bounds.push([at, Math.min(each, rows - at)]);
  return bounds;
}

export const columnsOf = ({ fields }) => fields.map((field) => wireColumn(field, field.place));

/** Rows as JSON arrays, with commas between them and nothing around. */
async function rowsText(store, result, road, [at, count]) {
  if (count === 0) return '';
  const cells = result.fields.map((field) => cellSql(field, road)).join(', ');
  const connection = await store.connect();
  try {
    const sql = `select string_agg(row, ',' order by id) from (select rowid as id, json_array(${cells})::VARCHAR as row from ${result.physical} where rowid >= ${at} and rowid < ${at + count})`;
    return (await connection.runAndReadAll(sql)).getRows()[0][0];
  } finally {
    connection.closeSync();
  }
}

async function makeParts(store, result, road, sizes) {
  const bounds = boundsOf(result.rows, sizes);
  const text = await rowsText(store, result, road, bounds[0]);
  const make = async ([at, count]) => {
    const whole = Buffer.from(
      road === 'driver'
        ? await rowsText(store, result, road, [at, count])
        : `{"data":[${await rowsText(store, result, road, [at, count])}]}`,
    );
    const body = await pack(whole, { level: 1 });
    return { rowCount: count, uncompressedSize: whole.length, compressedSize: body.length, body };
  };
  const parts = [
    {
      rowCount: bounds[0][1],
      uncompressedSize: text.length,
      compressedSize: text.length,
      rows: JSON.parse(`[${text}]`),
    },
  ];
  const queue = bounds.slice(1).entries();
  const worker = async () => {
    for (const [i, bound] of queue) parts[i + 1] = await make(bound);
  };
  await Promise.all([worker(), worker(), worker()]);
  return parts;
}

/** @param {'driver' | 'api'} road */
export function partsOf(store, result, road) {
  const { inlineRows, chunkRows, partitionRows, firstPartitionRows = partitionRows } = store.settings;
  const sizes =
    road === 'driver' ? { first: inlineRows, each: chunkRows } : { first: firstPartitionRows, each: partitionRows };
  if (!result.parts.has(road)) result.parts.set(road, makeParts(store, result, road, sizes));
  return result.parts.get(road);
}
