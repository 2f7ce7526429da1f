// One column of each type, from a server on this machine into Arrow: CPU of the reading process for each value, Tidemark's and ConnectorX's,
// which takes the same binary COPY. They take turns. `npm run build`, then `node bench/parts/decode/per-value.mjs [rows] [rounds]`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '../../../dist/cli/demo/server.js';
import { install, python } from '../../peers/python.mjs';

const rows = Number(process.argv[2] ?? 2_000_000);
const rounds = Number(process.argv[3] ?? 5);
const packages = ['connectorx==0.4.6', 'pyarrow==26.0.1'];

const columns = {
  'int[] of 5': 'ARRAY[g, -g, 7, NULL, g % 100]',
  'float8[] of 5': 'ARRAY[g / 7.0::float8, 0.5, -1, 1e300, g]',
  'text[] of 3': `ARRAY['a' || g % 1000, 'bcdef', md5((g % 5000)::text)]`,
  json: `json_build_object('id', g, 'name', 'n' || g % 100)`,
  jsonb: `jsonb_build_object('id', g, 'name', 'n' || g % 100)`,
  uuid: 'md5(g::text)::uuid',
  timestamptz: `timestamptz '2024-01-01' + g * interval '7 seconds'`,
  'numeric(15,2)': '(g % 1000000 / 7.0)::numeric(15,2)',
  'numeric(38,10)': '(g * 1e9 / 7)::numeric(38,10)',
  'numeric, as text': '(g / 7.0)::numeric',
  interval: `g * interval '1 day 00:00:01.5'`,
  int4range: 'int4range(g, g + 10)',
  inet: `('10.0.0.0'::inet + g)`,
};

const folder = fileURLToPath(new URL('.', import.meta.url));
const readers = {
  tidemark: (job) => [process.execPath, [`${folder}per-value-reader.mjs`, JSON.stringify(job)]],
  connectorx: (job) => [python, [`${folder}per_value.py`, JSON.stringify(job)]],
};

const problem = install(packages, console.error);
if (problem) throw new Error(problem);
const server = await startPostgres({ version: 18 });
try {
  console.log(`CPU microseconds a value, medians of ${rounds} rounds of ${rows} rows`);
  for (const [label, expression] of Object.entries(columns)) await compare(label, expression);
} finally {
  await server.stop();
}

async function compare(label, expression) {
  const job = { url: server.url, query: 'SELECT c FROM one_column' };
  await psql(
    `DROP TABLE IF EXISTS one_column; CREATE UNLOGGED TABLE one_column AS SELECT ${expression} AS c FROM generate_series(1, ${rows}) g`,
  );
  const found = { tidemark: [], connectorx: [] };
  let failure;
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, commandOf] of Object.entries(readers)) {
      if (name === 'connectorx' && failure) continue;
      try {
        const { stdout } = await promisify(execFile)(...commandOf(job), { timeout: 120_000 });
        const { rows: read, cpu, type } = JSON.parse(stdout.split('\n').at(-2));
        if (read !== rows) throw new Error(`${read} rows`);
        found[name].push({ cpu, type });
      } catch (error) {
        if (name === 'tidemark') throw error;
        failure = `fails: ${String(error.stderr || error.message)
          .trim()
          .split('\n')
          .at(-1)
          .slice(0, 90)}`;
      }
    }
  }
  const [own, other] = [found.tidemark, found.connectorx].map(median);
  const theirs = failure ?? `${other.toFixed(3)} (${found.connectorx[0].type}), ours ${(own / other).toFixed(2)} of it`;
  console.log(`${label.padEnd(18)} ${own.toFixed(3)} (${found.tidemark[0].type}); ConnectorX ${theirs}`);
}

function median(figures) {
  if (figures.length === 0) return NaN;
  const sorted = figures.map(({ cpu }) => cpu).sort((a, b) => a - b);
  return (sorted[sorted.length >> 1] / rows) * 1e6;
}

async function psql(sql) {
  const { default: pg } = await import('pg');
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
