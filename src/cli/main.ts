#!/usr/bin/env node
import { createRequire } from 'node:module';

// First of all: the words of the command line, which may hold a password, leave the list of processes.
process.title = 'tidemark';

const words = process.argv.slice(2);
const { version } = createRequire(import.meta.url)('#package') as { readonly version: string };

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  // exitCodes['destination.io'], which is not loaded for this.
  process.stdout.on('error', () => process.exit(4));
  process.stdout.write(`${version}\n`);
} else {
  const { run } = await import('./run.js');
  await run(words, version);
}
