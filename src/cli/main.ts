#!/usr/bin/env node
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// First of all: the words of the command line, which may hold a password, leave the list of processes.
process.title = 'tidemark';
// Of threads that are started from now on: room for young objects is memory that rows can use (bench/parts/memory). This thread keeps what it has.
setFlagsFromString('--max-semi-space-size=1');
// What has run often is compiled, once more in each lane: after four times as often as V8 has it is soon enough (docs/decisions/speed.md).
const v8 = Number.parseInt(process.versions.v8, 10);
if (v8 === 11) setFlagsFromString('--interrupt-budget=270000');
if (v8 === 12 || v8 === 13) setFlagsFromString('--invocation-count-for-turbofan=12000');
// A stack names the modules that the program is made of.
if (process.env['TIDEMARK_DEBUG'] === '1') process.setSourceMapsEnabled(true);

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
