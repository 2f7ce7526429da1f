// Compiles src/core/digest/kernel.as.ts to WebAssembly, and writes it as a module beside it: `npm run kernel`.
// What it gives is committed, so that building needs no second compiler; a test compiles it anew, with --check.
import { readFileSync, writeFileSync } from 'node:fs';
import { compileString } from 'assemblyscript/asc';

const folder = new URL('../src/core/digest/', import.meta.url);
const output = new URL('kernel-binary.ts', folder);

/** The text of the module that holds the compiled kernel. */
async function kernelModule() {
  const source = readFileSync(new URL('kernel.as.ts', folder), 'utf8');
  const { error, binary, stderr } = await compileString(source, {
    optimizeLevel: 3,
    runtime: 'stub',
    importMemory: true,
    noAssert: true,
    initialMemory: 1,
  });
  if (error) throw new Error(`kernel.as.ts does not compile: ${stderr}`, { cause: error });
  const base64 = Buffer.from(binary).toString('base64');
  const lines = base64.match(/.{1,110}/g).map((line) => `  '${line}'`);
  return `/** kernel.as.ts, compiled to WebAssembly: made by \`npm run kernel\`. */\nexport const kernelBinary =\n${lines.join(' +\n')};\n`;
}

const text = await kernelModule();
if (!process.argv.includes('--check')) writeFileSync(output, text);
else if (text !== readFileSync(output, 'utf8')) throw new Error('kernel-binary.ts is not kernel.as.ts: npm run kernel');
