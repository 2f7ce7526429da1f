// What is read. `data` names the table's kind (tables are shared by workloads), `key` is a whole-number column that grows with the
// rows and that contenders split by, `query` says that the rows come as one statement that nobody may take apart, `replay` that
// a server without cost answers, `of` that others take part than usual, `large` that it runs only when it is asked for.
import { lineitemSql } from './lineitem.mjs';
import { nullHeavySql } from './null-heavy.mjs';
import { textHeavySql } from './text-heavy.mjs';
import { wideSql } from './wide.mjs';

const lineitem = { data: 'lineitem', key: 'l_orderkey', sql: lineitemSql };

export const workloads = [
  { ...lineitem, name: 'lineitem', rows: 6_000_000, about: '16 columns of 6 types, as in TPC-H' },
  { ...lineitem, name: 'query', rows: 6_000_000, query: true, about: 'lineitem as one statement that cannot be split' },
  { ...lineitem, name: 'tls', rows: 6_000_000, tls: true, about: 'lineitem over TLS' },
  {
    ...{ ...lineitem, name: 'replay', rows: 6_000_000, replay: true },
    about: 'lineitem, COPYs answered from memory: what the client itself can take',
  },
  {
    ...{ ...lineitem, name: 'costs', rows: 6_000_000, of: 'costs' },
    about: 'lineitem: what digest, splits, partitions, masks and expectations cost over a plain snapshot',
  },
  { ...lineitem, name: 'csv', rows: 6_000_000, of: 'csv', about: 'lineitem as CSV files, beside psql' },
  { name: 'wide', data: 'wide', key: 'id', sql: wideSql, rows: 100_000, about: '500 columns, numbers above all' },
  {
    ...{ name: 'text-heavy', data: 'text_heavy', key: 'id', sql: textHeavySql, rows: 400_000 },
    about: '20 columns, about 2 KB of text a row (400,000 rows unless --rows says 2000000)',
  },
  {
    name: 'null-heavy',
    data: 'null_heavy',
    key: 'id',
    sql: nullHeavySql,
    rows: 4_000_000,
    about: '20 columns, most of it NULL',
  },
  { ...lineitem, name: 'tiny', rows: 1_000, about: 'lineitem: start-up and end' },
  { ...lineitem, name: 'lineitem-large', rows: 60_000_000, large: true, about: 'lineitem, for memory and growth' },
];
