import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./read_node.mjs', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** The way that comes to mind first in Node: rows as objects through two streams. */
export const node = {
  name: 'pg-query-stream + parquetjs-lite',
  id: 'node',
  available: () => (existsSync(`${modules}parquetjs-lite`) ? undefined : 'parquetjs-lite is not installed: npm ci'),
  version: () => ['parquetjs-lite', 'pg-query-stream', 'pg'].map((name) => `${name} ${versionOf(name)}`),
  command: (job) => ({ argv: [process.execPath, program, JSON.stringify(job)] }),
};

function versionOf(name) {
  return JSON.parse(readFileSync(`${modules}${name}/package.json`, 'utf8')).version;
}
