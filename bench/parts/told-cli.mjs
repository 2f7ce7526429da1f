// The command line, which tells at its end what it took.
import { usage } from './usage.mjs';

process.on('exit', () => process.stderr.write(`\n${JSON.stringify(usage())}\n`));
await import('../../dist/cli/main.js');
