// The least that a reader of JSON can do: runs a query by the SQL API, downloads its partitions, two at a time, and parses them, no more. Tells at
// its end what it took.
//
//     node bench/parts/snowflake/parse-parts.mjs URL TOKEN QUERY
import { usage } from '../usage.mjs';

const [url, token, statement] = process.argv.slice(2);
const headers = {
  authorization: `Bearer ${token}`,
  'x-snowflake-authorization-token-type': 'OAUTH',
  'content-type': 'application/json',
  accept: 'application/json',
};
const asked = async (path, more) => (await fetch(`${url}/api/v2/statements${path}`, { headers, ...more })).json();
const body = { statement, database: 'DB', schema: 'PUBLIC', warehouse: 'WH' };
const { statementHandle, resultSetMetaData, data } = await asked('', { method: 'POST', body: JSON.stringify(body) });
const { partitionInfo, numRows } = resultSetMetaData;
let [rows, next] = [data.length, 1];
const reader = async () => {
  while (next < partitionInfo.length) {
    const { data: part } = await asked(`/${statementHandle}?partition=${next++}`);
    rows += part.length;
  }
};
await Promise.all([reader(), reader()]);
if (rows !== numRows) throw new Error(`${rows} rows of ${numRows}`);
process.stderr.write(`\n${JSON.stringify(usage())}\n`);
process.exit();
