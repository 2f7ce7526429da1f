// The memory of whole snapshots into a bucket, from 1 GiB on: rows of a query, which the server makes up, in files without compression. The
// store swallows the bytes.
//
//     node bench/parts/s3/snapshot.mjs postgres://… [GiB=1,4,20]
import { runCli } from '../run-cli.mjs';
import { startSwallowing } from './store.mjs';

const [source, sizes = '1,4,20'] = process.argv.slice(2);
const rowsOfGib = 1024 * 1024;
const store = await startSwallowing();
console.log('| GiB | s | CPU s a GiB | peak MB |\n| ---: | ---: | ---: | ---: |');
for (const gib of sizes.split(',').map(Number)) {
  await store.empty();
  const query = `SELECT i, repeat(md5(i::text), 32) AS text FROM generate_series(1, ${gib * rowsOfGib}) i`;
  const out = `s3://bucket/bench?endpoint=${store.endpoint}&path-style=true`;
  const options = [
    '--source',
    source,
    '--query',
    query,
    '--compression',
    'none',
    '--dataset',
    'dataset://b/v',
    '--out',
    out,
  ];
  const { cpu, seconds, peak } = await runCli(['snapshot', ...options]);
  console.log(`| ${gib} | ${seconds.toFixed(0)} | ${(cpu / gib).toFixed(2)} | ${(peak / 1e6).toFixed(0)} |`);
}
store.stop();
