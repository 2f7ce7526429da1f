import { mkdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

/** Has DuckDB write rows like those of lineitem: numbers, money, dates, words and texts. @param count of files */
export async function writeLineitem(folder, millions, count) {
  mkdirSync(folder);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const each = Math.round((millions * 1e6) / count);
  for (let file = 0; file < count; file += 1) {
    await connection.run(`COPY (
      SELECT i AS l_orderkey, hash(i) % 200000 AS l_partkey, hash(i + 1) % 10000 AS l_suppkey, (i % 7)::INT AS l_linenumber,
        (hash(i + 2) % 50)::DECIMAL(15,2) AS l_quantity, (hash(i + 3) % 10000000 / 100)::DECIMAL(15,2) AS l_extendedprice,
        (hash(i + 4) % 11 / 100)::DECIMAL(15,2) AS l_discount, (hash(i + 5) % 9 / 100)::DECIMAL(15,2) AS l_tax,
        ['A', 'N', 'R'][1 + (hash(i + 6) % 3)::INT] AS l_returnflag, ['O', 'F'][1 + (hash(i + 7) % 2)::INT] AS l_linestatus,
        DATE '1992-01-01' + (hash(i + 8) % 2500)::INT AS l_shipdate, DATE '1992-01-01' + (hash(i + 9) % 2500)::INT AS l_commitdate,
        DATE '1992-01-01' + (hash(i + 10) % 2500)::INT AS l_receiptdate,
        ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'][1 + (hash(i + 11) % 4)::INT] AS l_shipinstruct,
        ['AIR', 'FOB', 'MAIL', 'RAIL', 'SHIP'][1 + (hash(i + 12) % 5)::INT] AS l_shipmode, substr(md5(i::TEXT), 1, 10 + i % 20) AS l_comment
      FROM range(${file * each}, ${(file + 1) * each}) numbers(i)) TO '${folder}/part-${file}.parquet' (FORMAT parquet)`);
  }
}
