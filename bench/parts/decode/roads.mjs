// COPY against the cursor: the same million lineitem rows from a server on this machine into record batches.
// `npm run build`, then `node bench/parts/decode/roads.mjs [rows]`. Prints wall and CPU seconds of this process, and of the server's.
import { readFileSync } from 'node:fs';
import { RowGroupBounds } from '../../../dist/core/row-group-bounds.js';
import { startPostgres } from '../../../dist/cli/demo/server.js';
import { connect } from '../../../dist/source/postgres-protocol/connect.js';
import { copyOut } from '../../../dist/source/postgres/read/copy.js';
import { readByCursor } from '../../../dist/source/postgres/read/cursor.js';
import { createDecoder } from '../../../dist/source/postgres/decode/decoder.js';
import { lineitem, random } from './frames.mjs';

const rows = Number(process.argv[2] ?? 1_000_000);
const rounds = 5;
const columns = lineitem(random(1)).map(([column]) => column);
const list = columns.map((column) => column.name).join(', ');
const signal = new AbortController().signal;

const table = `CREATE UNLOGGED TABLE lineitem AS SELECT
  (i / 4)::bigint + 1 AS l_orderkey, (random() * 200000)::int AS l_partkey, (random() * 10000)::int AS l_suppkey,
  (i % 7)::int + 1 AS l_linenumber, (floor(random() * 50) + 1)::numeric(15, 2) AS l_quantity,
  (random() * 100000)::numeric(15, 2) AS l_extendedprice, (random() * 0.1)::numeric(15, 2) AS l_discount,
  (random() * 0.08)::numeric(15, 2) AS l_tax, (array['A', 'N', 'R'])[1 + (random() * 2)::int]::char(1) AS l_returnflag,
  (array['O', 'F'])[1 + (random())::int]::char(1) AS l_linestatus, date '1992-01-01' + (random() * 2500)::int AS l_shipdate,
  date '1992-01-01' + (random() * 2500)::int AS l_commitdate, date '1992-01-01' + (random() * 2500)::int AS l_receiptdate,
  (array['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'])[1 + (random() * 3)::int]::char(25) AS l_shipinstruct,
  (array['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'])[1 + (random() * 6)::int]::char(10) AS l_shipmode,
  substr(md5(i::text) || md5((i + 1)::text), 1, 10 + (random() * 33)::int)::varchar(44) AS l_comment
FROM generate_series(1, ${rows}) i`;

/** CPU seconds that a process has used, from its stat file (clock ticks are hundredths). */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const server = await startPostgres({ version: 18 });
try {
  const host = { host: server.host, port: server.port, password: undefined, sslMode: 'disable' };
  const settings = {
    hosts: [host],
    user: server.user,
    database: server.database,
    applicationName: 'bench',
    connectTimeout: 10_000,
    options: undefined,
    tls: { channelBinding: 'disable', negotiation: 'postgres' },
  };
  const connection = await connect(settings, { signal });
  await connection.query(`SELECT setseed(0.5)`);
  await connection.query(table);
  await connection.query('VACUUM ANALYZE lineitem');
  await connection.query(
    `SET DateStyle = ISO; SET TimeZone = 'UTC'; SET bytea_output = hex; SET extra_float_digits = 1`,
  );
  const [{ pid }] = await connection.query('SELECT pg_backend_pid() AS pid');

  const roads = {
    copy: (bounds, sink) =>
      copyOut(connection, {
        statement: `COPY (SELECT ${list} FROM lineitem) TO STDOUT (FORMAT binary)`,
        ...{ bounds, sink, context: { doing: 'reading' } },
      }),
    cursor: (bounds, sink) =>
      connection.run(() =>
        readByCursor(connection.client, {
          sql: `SELECT ${list} FROM lineitem`,
          ...{ values: [], columns, bounds, sink, signal },
        }),
      ),
  };
  const results = { copy: [], cursor: [] };
  for (let round = 0; round < rounds + 1; round++) {
    for (const [name, read] of Object.entries(roads)) {
      const decoder = createDecoder(columns, { misfit: 'fail', infinity: 'misfit' });
      let seen = 0;
      const sink = {
        rows: (bytes, start, end) => decoder.add(bytes, start, end),
        cut: () => void (seen += decoder.finish().numRows),
      };
      const before = { wall: performance.now(), cpu: process.cpuUsage(), server: cpuOf(pid) };
      await read(new RowGroupBounds({ rows: 131_072, bytes: 64 << 20 }), sink);
      sink.cut();
      const cpu = process.cpuUsage(before.cpu);
      const figures = [
        (performance.now() - before.wall) / 1e3,
        (cpu.user + cpu.system) / 1e6,
        cpuOf(pid) - before.server,
      ];
      if (seen !== rows) throw new Error(`${name}: ${seen} rows`);
      if (round > 0) results[name].push(figures);
    }
  }
  for (const [name, figures] of Object.entries(results)) {
    const [wall, cpu, backend] = [0, 1, 2].map((i) => {
      const sorted = figures.map((figure) => figure[i]).sort((a, b) => a - b);
      return `${sorted[sorted.length >> 1].toFixed(2)} (${sorted[0].toFixed(2)}–${sorted.at(-1).toFixed(2)})`;
    });
    console.log(`${name.padEnd(7)} wall ${wall} s, CPU ${cpu} s, CPU of the server ${backend} s, ${rows} rows`);
  }
  await connection.close();
} finally {
  await server.stop();
}
