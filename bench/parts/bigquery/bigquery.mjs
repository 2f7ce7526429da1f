// BigQuery's stand-in of the tests, read into Parquet: seconds, processor time and memory of the client, from 200,000 to 2 million
// rows, by its second road, and over a distance of 30 ms (a round trip of 60); and by Google's own client for Python. All take turns. The
// stand-in has made and compressed its batches beforehand (a round that is not counted), so that readers are compared.
//
//     node bench/parts/bigquery/bigquery.mjs [rounds=3] [part of a run’s name: those alone]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, python } from '../../peers/python.mjs';
import { runCli, runTold } from '../run-cli.mjs';
import { delayed } from '../../../test/servers/bigquery/delayed.mjs';

const [given = 3, only = ''] = process.argv.slice(2);
const rounds = Number(given);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const service = spawn(
  process.execPath,
  [at('../../../test/servers/bigquery/main.mjs'), JSON.stringify({ directory, keepsMessages: true })],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);
const [line] = await once(service.stdout, 'data');
const { rest, storagePort, metadata, certificate } = JSON.parse(String(line));
const env = {
  ...process.env,
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: certificate,
  NODE_EXTRA_CA_CERTS: certificate,
  GCE_METADATA_HOST: metadata,
  GCE_METADATA_IP: metadata,
  GCP_IAM: '1',
};

const columns = {
  id: ['INTEGER', 'i'],
  customer: ['STRING', `'customer ' || (i % 9777)`],
  price: ['NUMERIC', '(i % 100000) / 8'],
  score: ['FLOAT', 'i / 7.0'],
  paid: ['BOOLEAN', 'i % 3 = 0'],
  day: ['DATE', `DATE '2020-01-01' + (i % 1500)::INTEGER`],
  at: ['TIMESTAMP', 'make_timestamptz(1700000000000000 + i * 1000003)'],
  note: ['STRING', 'md5(i::VARCHAR)'],
};

async function create(table, rows) {
  const schema = Object.entries(columns).map(([name, [type]]) => ({ name, type }));
  const select = Object.entries(columns).map(([name, [, value]]) => `${value} AS ${name}`);
  const generate = `SELECT ${select.join(', ')} FROM range(${rows}) t(i)`;
  const response = await fetch(`${rest}/-/tables`, {
    method: 'POST',
    body: JSON.stringify({ dataset: 'bench', table, schema, generate }),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function measured({ table, port = storagePort, lanes, via = 'arrow', isQuery = false }) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-out-'));
  const places = `api-endpoint=${rest}&gcs-endpoint=${rest}&storage-endpoint=localhost:${port}`;
  const what = isQuery ? ['--query', `SELECT * FROM ${table}`] : ['--table', table];
  const road = via === 'unload' ? ['--via', via, '--staging', 'gs://bench/staging'] : ['--via', via];
  const options = ['--source', `bigquery://data-project/bench?${places}`, ...what, '--lanes', lanes, ...road];
  const figures = await runCli(['snapshot', ...options, '--dataset', 'dataset://b/v', '--out', out], env);
  rmSync(out, { recursive: true });
  return figures;
}

async function measuredPython({ table, way }) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-out-'));
  const place = { project: 'data-project', rest, storage: `localhost:${storagePort}`, out: join(out, 'out.parquet') };
  const figures = await runTold([python, at('read_bigquery.py'), JSON.stringify({ ...place, table, way })], env);
  rmSync(out, { recursive: true });
  return figures;
}

const missing = install(
  ['google-cloud-bigquery[bqstorage]==3.47.0', 'google-cloud-bigquery-storage==2.43.0', 'pyarrow==26.0.1'],
  console.error,
);
if (missing) console.error(`Google's own client is left out: ${missing}`);
const others = {
  '2 million rows, Python, `list_rows().to_arrow()`, LZ4': { table: 'large', way: 'list_rows' },
  '2 million rows, Python, one stream, batch by batch': { table: 'large', way: 'stream' },
};

const far = await delayed(storagePort, 30);
try {
  await fetch(`${rest}/-/buckets`, { method: 'POST', body: JSON.stringify({ name: 'bench' }) });
  await create('small', 200_000);
  await create('large', 2_000_000);
  const runs = {
    '200,000 rows, one lane': { table: 'small', port: storagePort, lanes: '1' },
    '2 million rows, one lane, pages': { table: 'large', port: storagePort, lanes: '1', via: 'rest' },
    '2 million rows, one lane': { table: 'large', port: storagePort, lanes: '1' },
    '2 million rows, two lanes': { table: 'large', port: storagePort, lanes: '2' },
    '2 million rows, two lanes, over 30 ms': { table: 'large', port: far.port, lanes: '2' },
    '2 million rows of a query, one lane': { table: 'bench.large', lanes: '1', isQuery: true },
    '200,000 rows of a query, unloaded, one lane': { table: 'bench.small', lanes: '1', isQuery: true, via: 'unload' },
    '2 million rows of a query, unloaded, one lane': { table: 'bench.large', lanes: '1', isQuery: true, via: 'unload' },
    '2 million rows of a query, unloaded, two lanes': {
      table: 'bench.large',
      lanes: '2',
      isQuery: true,
      via: 'unload',
    },
    ...(missing ? {} : others),
  };
  const wanted = Object.entries(runs).filter(([name]) => name.includes(only));
  const found = new Map(wanted.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of wanted) {
      const figures = await (run.way === undefined ? measured(run) : measuredPython(run));
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
  far.stop();
  service.kill();
  rmSync(directory, { recursive: true });
}
