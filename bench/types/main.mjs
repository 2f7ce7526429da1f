// What becomes of every type of PostgreSQL and MariaDB, by Tidemark and by others: the same tables through each, by its defaults,
// and every value of the files compared with the server's own text.
//
//     npm run bench:types                           writes docs/type-comparison.md and bench/types/results.json
//     npm run bench:types -- tidemark duckdb        only these, and only to the terminal
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { format } from 'prettier';
import { install, python } from '../peers/python.mjs';
import { absent, contenders, copyTidemark } from './contenders.mjs';
import { countsOf, pageOf } from './page.mjs';
import { column, prepareMariadb, preparePostgres } from './servers.mjs';

const chosen = process.argv.slice(2);
const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-types-'));

async function main() {
  const { present, missing } = whoCanRun();
  copyTidemark();
  const engines = [];
  for (const prepare of [preparePostgres, prepareMariadb]) engines.push(await ofEngine(await prepare(), present));
  const results = { date: new Date().toISOString().slice(0, 10), engines, missing: [...missing, ...absent] };
  for (const engine of engines) console.log(engine.name, JSON.stringify(countsOf(engine), undefined, 1));
  if (chosen.length > 0) return console.log(JSON.stringify(engines, undefined, 1));
  writeFileSync(pathOf('../../docs/type-comparison.md'), pageOf(results));
  writeFileSync(pathOf('results.json'), await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
}

function whoCanRun() {
  const missing = [];
  const present = contenders
    .filter(({ id }) => chosen.length === 0 || chosen.includes(id))
    .filter(({ name, packages }) => {
      const failed = packages.length === 0 ? undefined : install(packages, console.error);
      if (failed) missing.push([name, failed]);
      return !failed;
    });
  const failed = install(['pyarrow==26.0.1'], console.error);
  if (failed) throw new Error(failed);
  return { present, missing };
}

async function ofEngine({ engine, version, specimens, job, stop }, present) {
  try {
    const tools = present.filter(({ engines }) => engines.includes(job.engine));
    const cells = {};
    const some = pLimit(3);
    const use = async (tool) => {
      console.error(`${engine}: ${tool.name}`);
      const out = join(folder, job.engine, tool.id);
      mkdirSync(out, { recursive: true });
      const outcomes = await tool.run({ ...job, out, tables: specimens.map(({ table }) => table) });
      cells[tool.id] = judged(specimens, outcomes, out);
    };
    // Also where one cannot be judged, the others end before their server does.
    const ends = await Promise.allSettled(tools.map((tool) => some(() => use(tool))));
    for (const { reason } of ends) if (reason) throw reason;
    return { name: engine, version, tools: tools.map(summaryOf), specimens: specimens.map(described), cells };
  } finally {
    await stop();
  }
}

const summaryOf = ({ id, name, packages, version }) => ({
  ...{ id, name },
  versions:
    version === undefined
      ? packages.map((one) => one.replace(/\[.*\]/, '').replace('==', ' '))
      : [`Tidemark ${version}`],
});
const described = ({ name, type, values, note }) => ({ name, type, values, note });

/** The word of each cell, with what there is to say about it. */
function judged(specimens, outcomes, out) {
  const written = specimens.filter(({ table }) => !outcomes[table].failure);
  const tasks = written.map((specimen) => ({
    ...{ specimen: { means: specimen.means, rows: specimen.rows }, column },
    folder: join(out, specimen.table),
  }));
  const input = JSON.stringify(tasks);
  const found = JSON.parse(execFileSync(python, [pathOf('tools/judge.py')], { input, encoding: 'utf8' }));
  const words = new Map(written.map(({ table }, number) => [table, found[number]]));
  return specimens.map(({ table }) => cellOf(outcomes[table], words.get(table)));
}

function cellOf({ failure, said = '', died }, found) {
  const why = failure ?? found.failure;
  if (why !== undefined) {
    const kept = died ? 'crash' : `${why} ${said}`.includes(column) ? 'refused' : 'error';
    return { kept, failure: clean(why).slice(0, 300) };
  }
  if (found.kept !== 'lost') return { kept: found.kept, type: found.type };
  const announced = (found.opaque ? `the file calls the type ${found.type}` : undefined) ?? warning(said);
  const losses = found.losses.slice(0, 8);
  return {
    kept: announced ? 'declared' : 'silent',
    type: found.type,
    losses,
    ...(announced && { announced: clean(announced) }),
  };
}

const warning = (said) =>
  said
    .split('\n')
    .find((line) => line.includes(column))
    ?.slice(0, 300);

const colours = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');

/** Nothing of this machine or of this moment. */
const clean = (text) =>
  text
    .replaceAll(folder, '…')
    .replaceAll(/(?:\/[\w.+-]+){3,}/g, '…')
    .replaceAll(/(?:127\.0\.0\.1|localhost):\d+/g, 'localhost')
    .replaceAll(colours, '')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* (?=INF|WRN|ERR|DBG)/g, '');

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
