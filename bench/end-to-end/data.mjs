// Seeded tables, made by the server itself and kept for later runs, and what the server says about what is in them.
import { ask } from './server.mjs';
import { serverChecksum } from './columns.mjs';

/**
 * A workload's table with so many rows: made if it is not there. Gives its name, its columns with their types, its pages of
 * 8 KiB, its size, and `expected`: the rows and the sums per column that every contender's output must have.
 */
export async function ensureData(server, workload, rows, say) {
  const table = `${workload.data}_${rows}`;
  await ask(server, 'CREATE TABLE IF NOT EXISTS bench_tables (name text PRIMARY KEY, made_by text, facts jsonb)');
  const sql = workload.sql(table, rows);
  const [known] = await ask(
    server,
    `SELECT made_by = $bench$${sql}$bench$ AS same, facts FROM bench_tables WHERE name = '${table}'`,
  );
  if (known?.same) return { table, ...known.facts };
  say(`making ${table}: ${rows.toLocaleString('en')} rows`);
  await ask(server, `DROP TABLE IF EXISTS ${table}`, 'SET jit = off', 'SELECT setseed(0.42)', sql);
  await ask(server, `CREATE INDEX ON ${table} (${workload.key})`, `VACUUM (FREEZE, ANALYZE) ${table}`, 'CHECKPOINT');
  const facts = await factsOf(server, table);
  await ask(
    server,
    `INSERT INTO bench_tables VALUES ('${table}', $bench$${sql}$bench$, $bench$${JSON.stringify(facts)}$bench$)
     ON CONFLICT (name) DO UPDATE SET made_by = excluded.made_by, facts = excluded.facts`,
  );
  return { table, ...facts };
}

async function factsOf(server, table) {
  const columns = await ask(
    server,
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = '${table}'::regclass AND attnum > 0 ORDER BY attnum`,
  );
  const [size] = await ask(
    server,
    `SELECT pg_relation_size('${table}') / 8192 AS pages, pg_table_size('${table}') AS bytes`,
  );
  const [sums] = await ask(
    server,
    'SET jit = off',
    `SELECT count(*) AS rows, ${columns.flatMap(serverChecksum).join(', ')} FROM ${table}`,
  );
  const expected = Object.fromEntries(
    Object.entries(sums).map(([name, value]) => [name, value === null ? null : String(value)]),
  );
  return { columns, pages: Number(size.pages), bytes: Number(size.bytes), expected };
}
