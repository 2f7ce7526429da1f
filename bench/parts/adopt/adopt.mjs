// Adopting files that DuckDB wrote, beside its steps alone: sha-256 of the bytes, decoding, decoding with digest, and with statistics. All in turns,
// with as many threads as cores. `npm run build`, then
//
//     node bench/parts/adopt/adopt.mjs [million rows] [rounds]       cost
//     node bench/parts/adopt/adopt.mjs large [gigabytes] [memory …]             memory, of files that are one under many names
import { linkSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLineitem } from '../lineitem-files.mjs';
import { runCli, runTold } from '../run-cli.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const files = join(folder, 'files');
const lanes = availableParallelism();
try {
  if (process.argv[2] === 'large') await large(Number(process.argv[3] ?? 20), process.argv.slice(4));
  else await cost(Number(process.argv[2] ?? 6), Number(process.argv[3] ?? 3));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function cost(millions, rounds) {
  await writeLineitem(files, millions, 8);
  const names = readdirSync(files).map((name) => join(files, name));
  const bytes = names.reduce((sum, path) => sum + statSync(path).size, 0);
  const step = (name) => () =>
    together(names, (own) => [fileURLToPath(new URL('step.mjs', import.meta.url)), name, ...own]);
  const contenders = {
    'sha-256': step('hash'),
    decode: step('decode'),
    'decode, digest': step('digest'),
    'decode, digest, statistics': step('count'),
    adopt: () => adopt(['--out', join(folder, 'out')]),
  };
  const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      const one = await run();
      if (round > 0) seen[name].push(one);
    }
  }
  console.log(
    `${millions} million rows of 16 columns in ${names.length} files, ${(bytes / 1e6).toFixed(0)} MB, ${lanes} threads`,
  );
  const middle = (name, key) => seen[name].map((one) => one[key]).sort((a, b) => a - b)[seen[name].length >> 1];
  for (const name of Object.keys(contenders)) {
    const [seconds, cpu, peak] = ['seconds', 'cpu', 'peak'].map((key) => middle(name, key));
    console.log(`${name.padEnd(28)} ${seconds.toFixed(2)} s  ${cpu.toFixed(2)} CPU s  ${(peak / 1e6).toFixed(0)} MB`);
  }
  for (const key of ['seconds', 'cpu']) {
    const steps = (name) => middle('sha-256', key) + middle(name, key);
    const ratio = (name) => (middle('adopt', key) / steps(name)).toFixed(2);
    for (const name of ['decode', 'decode, digest', 'decode, digest, statistics'])
      console.log(`${key}: adopt is ${ratio(name)} of sha-256 and ${name}`);
  }
}

/** As many processes at a time as adoption has lanes; wall of the slowest, the sum of what they took. */
async function together(names, words) {
  const own = Array.from({ length: lanes }, (_, lane) => names.filter((_, index) => index % lanes === lane));
  const all = await Promise.all(own.map((paths) => runTold([process.execPath, ...words(paths)])));
  return {
    seconds: Math.max(...all.map((one) => one.seconds)),
    cpu: all.reduce((sum, one) => sum + one.cpu, 0),
    peak: all.reduce((sum, one) => sum + one.peak, 0),
  };
}

async function adopt(words) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  return runCli(['adopt', files, '--dataset', 'dataset://files/1', '--quiet', '--lanes', String(lanes), ...words]);
}

/** One file of about 100 MB under many names. */
async function large(gigabytes, memories) {
  await writeLineitem(files, 2, 1);
  const [first] = readdirSync(files).map((name) => join(files, name));
  const size = statSync(first).size;
  const count = Math.ceil((gigabytes * 1e9) / size);
  for (let index = 1; index < count; index += 1) linkSync(first, join(files, `part-${index}.parquet`));
  console.log(
    `${count} files of ${(size / 1e6).toFixed(0)} MB: ${((count * size) / 1e9).toFixed(1)} GB, ${(2 * count).toFixed(0)} million rows`,
  );
  for (const memory of memories.length > 0 ? memories : ['350MB', '500MB']) {
    const { seconds, cpu, peak } = await adopt(['--out', join(folder, 'out'), '--memory', memory]);
    console.log(
      `--memory ${memory}: ${seconds.toFixed(0)} s, ${cpu.toFixed(0)} CPU s, ${(peak / 1e6).toFixed(0)} MB at the peak`,
    );
  }
}
