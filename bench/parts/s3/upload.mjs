// What uploading costs: CPU of the client for a GiB, beside the SDK's own upload in parts of a file; and memory from 1 GiB on. The store
// swallows the bytes. All take turns.
//
//     node bench/parts/s3/upload.mjs [GiB=2] [rounds=3] [largest GiB=20]
import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytesAt } from './usage.mjs';
import { startSwallowing } from './store.mjs';

const [size = '2', rounds = '3', largest = '20'] = process.argv.slice(2).map(Number);
const gib = 1024 ** 3;
const run = promisify(execFile);
const store = await startSwallowing();
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const path = join(folder, 'file');
try {
  const file = createWriteStream(path);
  for (let at = 0; at < size * gib; at += bytesAt(0, gib).length) {
    if (!file.write(bytesAt(at, size * gib))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  const location = `s3://bucket/bench?endpoint=${store.endpoint}&path-style=true`;
  const contenders = {
    'Tidemark, SHA-256': ['write-uploads.mjs', { location, bytes: size * gib }],
    'SDK upload of a file, its default (CRC-32)': ['upload-file.mjs', { endpoint: store.endpoint, path }],
    'SDK upload of a file, SHA-256': ['upload-file.mjs', { endpoint: store.endpoint, path, checksum: 'SHA256' }],
  };
  const found = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      const figures = await measured(contender);
      if (round > 0) found.get(name).push(figures);
    }
  }
  console.log(`| ${size} GiB | CPU s a GiB | s | peak MB |\n| --- | ---: | ---: | ---: |`);
  for (const [name, figures] of found) {
    const of = (key) => figures.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(figures.length / 2)];
    console.log(
      `| ${name} | ${(of('cpu') / size).toFixed(2)} | ${of('seconds').toFixed(1)} | ${(of('peak') / 1e6).toFixed(0)} |`,
    );
  }
  console.log('\n| Tidemark | peak MB |\n| ---: | ---: |');
  for (const gibs of [1, 4, largest]) {
    const { peak } = await measured(['write-uploads.mjs', { location, bytes: gibs * gib }]);
    console.log(`| ${gibs} GiB | ${(peak / 1e6).toFixed(0)} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  store.stop();
}

async function measured([program, request]) {
  await store.empty();
  const file = fileURLToPath(new URL(program, import.meta.url));
  const { stdout } = await run(process.execPath, ['--no-warnings', file, JSON.stringify(request)], {
    env: { ...process.env, ...store.env },
  });
  return JSON.parse(stdout);
}
