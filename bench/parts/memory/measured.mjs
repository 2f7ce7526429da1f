import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { memoryOf } from '../../end-to-end/process-tree.mjs';

const program = fileURLToPath(new URL('../told-cli.mjs', import.meta.url));
/** A run that has not ended by then is stuck. */
const longest = 900_000;

/**
 * Runs the command line in a process of its own.
 * @param within words before it, `env` variables beside the present ones
 * @returns the most memory that it ever had, also where it was killed; `failure`: how it ended otherwise than well
 */
export async function measured(words, { within = [], env = {} } = {}) {
  const [command, ...rest] = [...within, process.execPath, program, ...words];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const texts = [child.stdout, child.stderr].map(gathered);
  // The kernel keeps the peak, but only while the process lives; what it tells at its own end is the last word.
  let peak = 0;
  const looking = setInterval(() => (peak = Math.max(peak, memoryOf(child.pid).peak)), 20);
  const stuck = setTimeout(() => child.kill('SIGKILL'), longest);
  const began = performance.now();
  const [code, signal] = await once(child, 'close');
  clearInterval(looking);
  clearTimeout(stuck);
  const [out, errors] = texts.map((text) => text());
  const lines = errors.trim().split('\n');
  const told = parsed(lines.at(-1))?.peak ?? 0;
  return {
    seconds: (performance.now() - began) / 1000,
    peak: Math.max(peak, told),
    result: code === 0 ? parsed(out) : undefined,
    lines,
    ...(code !== 0 && { failure: `${signal ?? `exit ${code}`}, ${lines[0].slice(0, 160)}` }),
  };
}

function gathered(stream) {
  const chunks = [];
  stream.on('data', (bytes) => chunks.push(bytes));
  return () => Buffer.concat(chunks).toString();
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
