// Rows of BigQuery's stand-in, as a lane reads and decodes them, by one stream: as they are, and as Zstandard. Bytes of the messages, and processor
// time of the reader alone (the stand-in, which compresses, is another process); nearby and over 30 ms each way. All take turns. The seconds that pass
// are mostly the stand-in's, which compresses far slower than the service.
//
//     node bench/parts/bigquery/codecs.mjs [rounds=3] [rows=2000000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordBatchReader } from 'apache-arrow';
import { delayed } from '../../../test/servers/bigquery/delayed.mjs';

const [rounds = 3, rowCount = 2_000_000] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const program = fileURLToPath(new URL('../../../test/servers/bigquery/main.mjs', import.meta.url));
const service = spawn(process.execPath, [program, JSON.stringify({ directory })], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [line] = await once(service.stdout, 'data');
const { rest, storagePort, metadata, certificate } = JSON.parse(String(line));
// gRPC reads the variable when it is loaded.
process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = certificate;
const { StorageChannel } = await import('../../../dist/source/bigquery/connection/storage-channel.js');
const { readStream } = await import('../../../dist/source/bigquery/read/stream/read-stream.js');
const { readsZstd } = await import('../../../dist/source/bigquery/read/stream/compression.js');
await readsZstd();

const tokenPath = '/computeMetadata/v1/instance/service-accounts/default/token';
const answer = await fetch(new URL(tokenPath, `http://${metadata.replace(/^http:\/\//, '')}`), {
  headers: { 'metadata-flavor': 'Google' },
});
const authorization = `Bearer ${(await answer.json()).access_token}`;

async function create(rows) {
  const generate = `SELECT i AS id, 'customer ' || (i % 9777) AS customer, (i % 100000) / 8 AS price, i / 7.0 AS score, i % 3 = 0 AS paid,
    DATE '2020-01-01' + (i % 1500)::INTEGER AS day, make_timestamptz(1700000000000000 + i * 1000003) AS at, md5(i::VARCHAR) AS note
    FROM range(${rows}) t(i)`;
  const types = ['INTEGER', 'STRING', 'NUMERIC', 'FLOAT', 'BOOLEAN', 'DATE', 'TIMESTAMP', 'STRING'];
  const names = ['id', 'customer', 'price', 'score', 'paid', 'day', 'at', 'note'];
  const schema = names.map((name, index) => ({ name, type: types[index] }));
  const body = JSON.stringify({ dataset: 'bench', table: 'large', schema, generate });
  const response = await fetch(`${rest}/-/tables`, { method: 'POST', body });
  if (!response.ok) throw new Error(await response.text());
}

async function measured(codec, port) {
  const channel = await StorageChannel.open(`localhost:${port}`);
  const table = { project: 'data-project', dataset: 'bench', table: 'large' };
  const asked = { billingProject: 'data-project', table, moment: undefined, columns: [], where: undefined };
  const { schema, streams } = await channel.createSession({ ...asked, codec, mostStreams: 1 }, authorization);
  const [began, before] = [performance.now(), process.cpuUsage()];
  let bytes = 0;
  const request = { channel, stream: streams[0], authorization: () => Promise.resolve(authorization) };
  const rows = await readStream(
    { ...request, stallLimit: 60_000, signal: new AbortController().signal },
    (message, count) => {
      bytes += message.length;
      const [batch] = RecordBatchReader.from(Buffer.concat([schema, message]));
      if (batch.numRows !== count) throw new Error(`${batch.numRows} rows came of ${count}`);
      return Promise.resolve(true);
    },
  );
  const { user, system } = process.cpuUsage(before);
  channel.close();
  if (rows !== rowCount) throw new Error(`${rows} rows came`);
  return { bytes, cpu: (user + system) / 1e6, seconds: (performance.now() - began) / 1000 };
}

const far = await delayed(storagePort, 30);
try {
  await create(rowCount);
  const found = new Map();
  for (let round = 0; round <= rounds; round += 1)
    for (const [place, port] of Object.entries({ nearby: storagePort, 'over 30 ms': far.port }))
      for (const codec of ['none', 'zstd']) {
        const name = `${codec}, ${place}`;
        const figures = await measured(codec, port);
        if (round > 0) found.set(name, [...(found.get(name) ?? []), figures]);
      }
  console.log('| | MB | CPU s | s |\n| --- | ---: | ---: | ---: |');
  for (const [name, figures] of found) {
    const of = (key) => figures.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(figures.length / 2)];
    console.log(
      `| ${name} | ${(of('bytes') / 1e6).toFixed(0)} | ${of('cpu').toFixed(2)} | ${of('seconds').toFixed(2)} |`,
    );
  }
} finally {
  far.stop();
  service.kill();
  rmSync(directory, { recursive: true });
}
