// A client that lives as long as a service does: it makes one increment each time that it is told to, and says what came of it and what it holds.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { snapshot } from '../../dist/index.js';

const options = JSON.parse(process.argv[2]);

/** Descriptors of sockets and files. */
const handles = () => readdirSync('/proc/self/fd').length;

async function run(version) {
  try {
    const { status, location } = await snapshot({ ...options, dataset: `dataset://soak/${version}` }, { env: {} });
    return { outcome: status, location };
  } catch (error) {
    return { outcome: error.code ?? 'unknown', told: String(error.stack) };
  }
}

process.on('message', async (version) => {
  const made = await run(version);
  // What is closing may close.
  await sleep(50);
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ ...made, rss, held: heapUsed + external, handles: handles() });
});
