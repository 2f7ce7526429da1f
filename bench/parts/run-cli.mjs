import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('told-cli.mjs', import.meta.url));

/** Runs the command line in a process of its own. @returns what it took, as usage() has it */
export const runCli = (words, env = process.env) => runTold([process.execPath, program, ...words], env);

/** Runs a program that tells in its last line on stderr what it took. */
export async function runTold([command, ...words], env = process.env) {
  const child = spawn(command, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const told = [];
  child.stderr.on('data', (bytes) => told.push(bytes));
  const [code] = await once(child, 'close');
  const lines = Buffer.concat(told).toString().trim().split('\n');
  if (code !== 0) throw new Error(lines.join('\n'));
  return JSON.parse(lines.at(-1));
}
