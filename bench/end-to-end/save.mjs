// A workload's figures as files: JSON with every run, and a picture.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { page } from './page.mjs';
import { picture } from './picture.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

export async function save(folder, report) {
  mkdirSync(folder, { recursive: true });
  // Messages of programs that failed name files.
  const json = JSON.stringify(report, rounded).replaceAll(root, '').replaceAll(homedir(), '~');
  writeFileSync(join(folder, `${report.workload}.json`), await format(json, { parser: 'json', printWidth: 120 }));
  writeFileSync(join(folder, `${report.workload}.svg`), picture(report));
  const reports = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  writeFileSync(join(folder, 'README.md'), await format(page(reports), { parser: 'markdown', printWidth: 120 }));
}

/** Five digits are more than a clock is good for. */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
