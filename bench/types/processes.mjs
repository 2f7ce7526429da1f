// Starts the tools: in a time zone that is neither UTC nor the server's, as on somebody's own machine.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { column } from './servers.mjs';

const environment = {
  ...process.env,
  TZ: 'Europe/Helsinki',
  NO_COLOR: '1',
  RUNTIME__DLTHUB_TELEMETRY: 'false',
  PYTHONDONTWRITEBYTECODE: '1',
};
const limit = 120_000;

/** One run of a program. @returns `{ failure, said }`; without a failure it ended with exit code 0 */
export async function runProgram({ argv, env = {}, cwd }) {
  const child = spawn(argv[0], argv.slice(1), {
    ...{ cwd, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    ...{ timeout: limit, killSignal: 'SIGKILL' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  const [code, signal] = await ended(child);
  return { failure: code === 0 ? undefined : `${signal ?? `exit code ${code}`}: ${reasonIn(said)}`, said };
}

/** The lines that tell why, without the log around them. */
function reasonIn(said) {
  const lines = said.split('\n').filter((line) => line.includes(column) || /error|panic|fatal/i.test(line));
  return (lines.length > 0 ? lines.slice(0, 3).join(' ') : said.trim()).slice(0, 2000);
}

/**
 * A program that reads one table after the other (`tools/job.py`). Where it dies at one, that one is a failure, and another process
 * goes on with the next.
 */
export async function runTables(argv, job) {
  const outcomes = {};
  for (;;) {
    const tables = job.tables.filter((table) => !(table in outcomes));
    if (tables.length === 0) return outcomes;
    const { begun, code, said } = await readOn([...argv, JSON.stringify({ ...job, tables })], job.out, outcomes);
    if (begun === undefined) {
      // It ended before any table or between two: nothing more is to be had of it.
      if (code === 0 && tables.every((table) => table in outcomes)) continue;
      for (const table of tables) outcomes[table] ??= { failure: `the program ended: ${said.slice(-2000)}`, said };
    } else outcomes[begun] = { failure: `the process died: ${code}`, died: true, said };
  }
}

async function readOn(argv, cwd, outcomes) {
  const child = spawn(argv[0], argv.slice(1), { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let begun;
  let said = '';
  let clock;
  child.stderr.on('data', (part) => (said += String(part)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    clearTimeout(clock);
    clock = setTimeout(() => child.kill('SIGKILL'), limit);
    const { begins, table, ...outcome } = JSON.parse(line);
    begun = begins;
    if (table !== undefined) outcomes[table] = outcome;
  });
  const [code, signal] = await ended(child);
  clearTimeout(clock);
  return { begun, code: signal ?? code, said };
}

const ended = (child) =>
  new Promise((resolve) => {
    child.on('error', (error) => resolve([error.message, null]));
    child.on('close', (code, signal) => resolve([code, signal]));
  });
