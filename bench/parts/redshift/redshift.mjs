// Redshift's stand-in of the tests, read into Parquet: seconds, processor time and memory of the client, from 200,000 to 2 million rows, by both
// roads; beside the same table read from its PostgreSQL by the source for that, with one lane, too. All take turns. The stand-in passes bytes on in the
// process of this program, which is not measured, on the same cores.
//
//     node bench/parts/redshift/redshift.mjs [rounds=3] [part of a run’s name: those alone]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';
import { startServer } from '../../end-to-end/server.mjs';
import { runCli } from '../run-cli.mjs';

const [rounds = 3, only = ''] = process.argv.slice(2);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const columns = `i AS id, 'customer ' || (i % 9777) AS customer, ((i % 100000) / 8.0)::numeric(12,3) AS price, i / 7.0::float8 AS score,
  i % 3 = 0 AS paid, DATE '2020-01-01' + (i % 1500) AS day, TIMESTAMP '2023-11-14' + i * interval '1.000003 s' AS at, md5(i::text) AS note`;

const postgres = await startServer(join(root, '.cache', 'bench-server'));
// The stand-in is TypeScript, as the tests are.
const modules = await createViteServer({
  root,
  server: { middlewareMode: true },
  appType: 'custom',
  logLevel: 'error',
});
const { startRedshift } = await modules.ssrLoadModule('/test/servers/redshift/redshift.ts');
const { hostname, port, username } = new URL(postgres.url);
const redshift = await startRedshift({ url: postgres.url, host: hostname, port: Number(port), user: username });
const env = { ...process.env, ...redshift.env, PGHOST: '', PGPORT: '' };

async function measured(source, table, words) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-out-'));
  const what = ['--source', source, '--query', `SELECT * FROM ${table}`, '--dataset', 'dataset://b/v', '--out', out];
  const figures = await runCli(['snapshot', ...what, ...words], env);
  rmSync(out, { recursive: true });
  return figures;
}

try {
  for (const [table, rows] of Object.entries({ small: 200_000, large: 2_000_000 }))
    await redshift.owner.query(`CREATE TABLE ${table} AS SELECT ${columns} FROM generate_series(1, ${rows}) i`);
  await redshift.grant();
  const { cluster, database, region, authority } = redshift;
  const url = `redshift://${cluster}/${database}?region=${region}&sslrootcert=${authority}`;
  const runs = {
    '200,000 rows, stream': () => measured(url, 'small', ['--via', 'stream']),
    '2 million rows, stream': () => measured(url, 'large', ['--via', 'stream']),
    '2 million rows, cursor': () => measured(url, 'large', ['--via', 'cursor']),
    '2 million rows, source for PostgreSQL': () => measured(redshift.owner.url, 'large', ['--lanes', '1']),
  };
  const wanted = Object.entries(runs).filter(([name]) => name.includes(only));
  const seen = Object.fromEntries(wanted.map(([name]) => [name, []]));
  for (let round = 0; round <= Number(rounds); round += 1) {
    for (const [name, run] of wanted) {
      const one = await run();
      if (round > 0) seen[name].push(one);
    }
  }
  for (const [name, figures] of Object.entries(seen)) {
    const [seconds, cpu, peak] = ['seconds', 'cpu', 'peak'].map(
      (key) => figures.map((one) => one[key]).sort((a, b) => a - b)[figures.length >> 1],
    );
    console.log(`${name.padEnd(40)} ${seconds.toFixed(2)} s  ${cpu.toFixed(2)} CPU s  ${(peak / 1e6).toFixed(0)} MB`);
  }
} finally {
  await redshift.stop();
  await modules.close();
  await postgres.stop();
}
