// A query's rows as Parquet files, with the types that an unloading gives them.
import { join } from 'node:path';
import { compilation, Refusal } from './refusal.mjs';
import { quoteName } from './types.mjs';

const integers = [
  ['TINYINT', 8n],
  ['SMALLINT', 16n],
  ['INTEGER', 32n],
  ['BIGINT', 64n],
];

/** The smallest type that holds the values between two, which are texts, or null where there are no values. */
function smallest({ scale }, [least, most]) {
  const [low, high] = [least, most].map((text) => BigInt((text ?? '0').replace('.', '')));
  const found = integers.find(([, bits]) => scale === 0 && low >= -(1n << (bits - 1n)) && high < 1n << (bits - 1n));
  if (found !== undefined) return found[0];
  const digits = Math.max(...[low, high].map((one) => String(one).replace('-', '').length), scale);
  return `DECIMAL(${digits},${scale})`;
}

/** DuckDB's SQL of a column as it stands in the file. @param {string} number the type of a NUMBER */
function valueSql({ type }, x, number) {
  switch (type) {
    case 'NUMBER':
      return `${x}::${number}`;
    case 'FLOAT':
      return `${x}::DOUBLE`;
    case 'TEXT':
      return `${x}::VARCHAR`;
    case 'BOOLEAN':
    case 'BINARY':
    case 'DATE':
      return x;
    // Milliseconds, as the service writes times: what they cut off is lost.
    case 'TIME':
      return `TIME '00:00:00' + to_milliseconds((struct_extract(${x}, 't') // 1000000)::BIGINT)`;
    case 'TIMESTAMP_NTZ': {
      const nanos = `struct_extract(${x}, 't')`;
      return `make_timestamp_ms(((${nanos} - sf_mod(${nanos}, 1000000)) // 1000000)::BIGINT)::TIMESTAMP_MS`;
    }
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
      return `sf_compact(struct_extract_at(${x}, 1))`;
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      throw new Refusal(
        '100171',
        '22000',
        `Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to Parquet. value get: ${type}`,
      );
    default:
      throw compilation(`the stand-in does not unload ${type}`);
  }
}

async function numbersOf(connection, fields, optimizes) {
  const declared = fields.map(({ precision, scale }) => `DECIMAL(${precision},${scale})`);
  if (!optimizes) return declared;
  const bounds = fields.map(({ type }, i) =>
    type === 'NUMBER' ? `[min(c${i})::VARCHAR, max(c${i})::VARCHAR]` : 'NULL',
  );
  const result = await connection.runAndReadAll(`select ${bounds.join(', ')} from unloaded`);
  return result.getRows()[0].map((one, i) => (one === null ? declared[i] : smallest(fields[i], one.items)));
}

/** Two files of the halves of the rows, or more of so many rows; one for one row, none for none. @returns {Promise<{ files: string[], rows: number }>} */
export async function writeParquet(connection, sql, { fields, folder, header, optimizes, fileRows }) {
  // Types that are refused, before there is any work.
  fields.forEach((field, i) => valueSql(field, `c${i}`));
  const names = fields.map((_, i) => `c${i}`);
  await connection.run(`create temp table unloaded as select * from (${sql}) as given(${names.join(', ')})`);
  const rows = Number((await connection.runAndReadAll('select count(*) from unloaded')).getRows()[0][0]);
  const numbers = await numbersOf(connection, fields, optimizes);
  const columns = fields.map(
    (field, i) => `${valueSql(field, `c${i}`, numbers[i])} as ${quoteName(header ? field.name : `_COL_${i}`)}`,
  );
  const each = Math.max(1, Math.min(Math.ceil(rows / 2), fileRows));
  const files = [];
  for (let at = 0; at < rows; at += each) {
    const file = join(folder, `${files.length}.parquet`);
    const some = `select ${columns.join(', ')} from unloaded where rowid >= ${at} and rowid < ${at + each}`;
    await connection.run(`copy (${some}) to '${file}' (format parquet, compression snappy)`);
    files.push(file);
  }
  return { files, rows };
}
