// Members beside one process with as many lanes, on one machine: what coordination costs. All in turns. `npm run build`, then
//
//     node bench/parts/members/members.mjs adopt [million rows=6] [rounds=3]
//     node bench/parts/members/members.mjs snapshot postgres://… table [rounds=3]
//
// Each writes into a folder, and into a bucket of the tests' store, which keeps it in memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLineitem } from '../lineitem-files.mjs';
import { runCli } from '../run-cli.mjs';
import { startStore } from '../s3/store.mjs';

const [kind, ...words] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const store = await startStore();
try {
  if (kind === 'adopt') {
    const [millions = 6, rounds = 3] = words.map(Number);
    await writeLineitem(join(folder, 'files'), millions, 16);
    await compare(['adopt', join(folder, 'files')], rounds, `${millions} million rows of 16 columns in 16 files`);
  } else {
    const [source, table, rounds = 3] = words;
    await compare(['snapshot', '--source', source, '--table', table], Number(rounds), table);
  }
} finally {
  store.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** @param work the command, without where its version goes */
async function compare(work, rounds, what) {
  console.log(`${kind} of ${what}; wall until the last one has ended, and what all took together`);
  for (const place of ['folder', 'bucket']) {
    const contenders = {
      'one process, 1 lane': [['--lanes', '1']],
      'member 0 of 2 alone, 1 lane': [['--lanes', '1', '--member', '0/2']],
      'one process, 2 lanes': [['--lanes', '2']],
      '2 members, 1 lane each': [0, 1].map((member) => ['--lanes', '1', '--member', `${member}/2`]),
    };
    const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, processes] of Object.entries(contenders)) {
        const one = await together(work, await emptied(place), processes);
        if (round > 0) seen[name].push(one);
      }
    }
    console.log(`\n| into a ${place} | s | CPU s | peak MB |\n| --- | ---: | ---: | ---: |`);
    for (const [name, runs] of Object.entries(seen)) {
      const [seconds, cpu, peak] = ['seconds', 'cpu', 'peak'].map((key) => middle(runs, key));
      console.log(`| ${name} | ${seconds.toFixed(2)} | ${cpu.toFixed(2)} | ${(peak / 1e6).toFixed(0)} |`);
    }
  }
}

function middle(runs, key) {
  return runs.map((one) => one[key]).sort((a, b) => a - b)[runs.length >> 1];
}

async function emptied(place) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  await store.empty();
  return place === 'folder' ? join(folder, 'out') : store.location;
}

async function together(work, out, processes) {
  const rest = ['--dataset', 'dataset://files/1', '--quiet', '--out', out];
  const all = await Promise.all(processes.map((own) => runCli([...work, ...rest, ...own])));
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  return { seconds: Math.max(...all.map((one) => one.seconds)), cpu: sum('cpu'), peak: sum('peak') };
}
