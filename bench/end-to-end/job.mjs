/**
 * What a contender is told, as plain data: where the server is (`url` and its parts), `tls`, the `table` with its `pages` of 8 KiB,
 * `rows`, `key` (a whole-number column to split by), the `sql` that reads all of it, whether that is a `query` that nobody may take
 * apart, how many `lanes` (connections, threads, partitions) to use, and the folder `out`.
 */
export function jobMaker({ workload, server, replay, lanes, out }) {
  const { host, port } = replay ?? server;
  const { user, database } = server;
  const tls = workload.tls === true;
  const url = `postgres://${user}@${host}:${port}/${database}?sslmode=${tls ? 'require' : 'disable'}`;
  return ({ table, pages, expected }) => ({
    ...{ host, port, user, database, url, tls, table, pages, lanes, out },
    key: workload.key,
    rows: Number(expected.rows),
    sql: `SELECT * FROM ${table}`,
    query: workload.query === true,
  });
}
