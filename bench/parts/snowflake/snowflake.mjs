// Snowflake's stand-in of the tests, read into Parquet: seconds, processor time and memory of the client, from 200,000 to 2 million rows, by both
// roads; beside a reader that downloads the same parts and parses their JSON, no more; and the vendor's own client for Python. All take turns. The
// stand-in has made and compressed its parts beforehand (a round that is not counted), so that readers are compared.
//
//     node bench/parts/snowflake/snowflake.mjs [rounds=3] [part of a run’s name: those alone]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, python } from '../../peers/python.mjs';
import { runCli, runTold } from '../run-cli.mjs';

const [rounds = 3, only = ''] = process.argv.slice(2);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const token = 'bench-token';
const settings = { oauthTokens: [token], keepsResults: true, chunkRows: 50_000, partitionRows: 50_000 };
const service = spawn(process.execPath, [at('../../../test/servers/snowflake/main.mjs'), JSON.stringify(settings)], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [line] = await once(service.stdout, 'data');
const { url } = JSON.parse(String(line));
const env = { ...process.env, SNOWFLAKE_TOKEN: token, SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_USER: 'ROBOT' };

const columns = {
  ID: ['NUMBER(38,0)', 'i::DECIMAL(38,0)'],
  CUSTOMER: ['VARCHAR', `'customer ' || (i % 9777)`],
  PRICE: ['NUMBER(12,3)', '((i % 100000) / 8)::DECIMAL(12,3)'],
  SCORE: ['FLOAT', 'i / 7.0::DOUBLE'],
  PAID: ['BOOLEAN', 'i % 3 = 0'],
  DAY: ['DATE', `DATE '2020-01-01' + (i % 1500)::INTEGER`],
  AT: ['TIMESTAMP_NTZ(9)', 'sf_ntz9(1700000000000000 + i * 1000003)'],
  NOTE: ['VARCHAR', 'md5(i::VARCHAR)'],
};

async function create(table, rows) {
  const generate = `SELECT ${Object.values(columns).map(([, value]) => value)} FROM range(${rows}) t(i)`;
  const body = { table, columns: Object.entries(columns).map(([name, [type]]) => ({ name, type })), generate };
  const response = await fetch(`${url}/-/tables`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

async function measured({ table, lanes, via }) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-out-'));
  const source = `snowflake://TESTACCT/DB/PUBLIC?host=${url}&warehouse=WH`;
  const options = ['--source', source, '--query', `SELECT * FROM ${table}`, '--lanes', lanes, '--via', via];
  const figures = await runCli(['snapshot', ...options, '--dataset', 'dataset://b/v', '--out', out], env);
  rmSync(out, { recursive: true });
  return figures;
}

const parsed = ({ table }) => runTold([process.execPath, at('parse-parts.mjs'), url, token, `SELECT * FROM ${table}`]);

async function measuredPython({ table, rows }) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-out-'));
  const job = {
    token,
    port: Number(new URL(url).port),
    query: `SELECT * FROM ${table}`,
    rows,
    out: join(out, 'out.parquet'),
  };
  const figures = await runTold([python, at('read_snowflake.py'), JSON.stringify(job)], process.env);
  rmSync(out, { recursive: true });
  return figures;
}

const missing = install(['snowflake-connector-python==5.2.0', 'pyarrow==26.0.1'], console.error);
if (missing) console.error(`The vendor's own client is left out: ${missing}`);

try {
  await create('SMALL', 200_000);
  await create('LARGE', 2_000_000);
  const runs = {
    '200,000 rows, one lane': () => measured({ table: 'SMALL', lanes: '1', via: 'api' }),
    '200,000 rows, two lanes': () => measured({ table: 'SMALL', lanes: '2', via: 'api' }),
    '2 million rows, one lane': () => measured({ table: 'LARGE', lanes: '1', via: 'api' }),
    '2 million rows, two lanes': () => measured({ table: 'LARGE', lanes: '2', via: 'api' }),
    '2 million rows, two lanes, chunks': () => measured({ table: 'LARGE', lanes: '2', via: 'chunks' }),
    '2 million rows, downloaded and parsed alone': () => parsed({ table: 'LARGE' }),
    ...(missing
      ? {}
      : { '2 million rows, Python, `fetchmany`': () => measuredPython({ table: 'LARGE', rows: 2_000_000 }) }),
  };
  const chosen = Object.entries(runs).filter(([name]) => name.includes(only));
  const found = new Map(chosen.map(([name]) => [name, []]));
  for (let round = 0; round <= Number(rounds); round += 1) {
    for (const [name, run] of chosen) {
      const figures = await run();
      if (round > 0) found.get(name).push(figures);
    }
  }
  console.log('| | s | CPU s | peak MB |\n| --- | ---: | ---: | ---: |');
  for (const [name, figures] of found) {
    const of = (key) => figures.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(figures.length / 2)];
    const peak = (of('peak') / 1e6).toFixed(0);
    console.log(`| ${name} | ${of('seconds').toFixed(2)} | ${of('cpu').toFixed(2)} | ${peak} |`);
  }
} finally {
  service.kill();
}
