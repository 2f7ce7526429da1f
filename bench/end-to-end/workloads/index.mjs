// What is read. `data` names the table's kind (tables are shared by workloads), `key` is a whole-number column that grows with the
// rows and that contenders split by, `query` says that the rows come as one statement that nobody may take apart.
import { lineitemSql } from './lineitem.mjs';

const lineitem = { data: 'lineitem', key: 'l_orderkey', sql: lineitemSql };

export const workloads = [
  { ...lineitem, name: 'lineitem', rows: 6_000_000, about: '16 columns of 8 types, as in TPC-H' },
  { ...lineitem, name: 'query', rows: 6_000_000, query: true, about: 'lineitem as one statement that cannot be split' },
  { ...lineitem, name: 'tls', rows: 6_000_000, tls: true, about: 'lineitem over TLS' },
  { ...lineitem, name: 'tiny', rows: 1_000, about: 'lineitem, start-up and end' },
  { ...lineitem, name: 'lineitem-large', rows: 60_000_000, large: true, about: 'lineitem, for memory and growth' },
];
