import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const manifest = fileURLToPath(new URL('../../package.json', import.meta.url));

/** Hashes, statistics, page index, manifest, syncing and publishing included: there is no way to leave them out. */
export const tidemark = {
  name: 'Tidemark',
  id: 'tidemark',
  replays: true,
  quick: true,
  available: () => (existsSync(main) ? undefined : 'dist is not built: npm run build'),
  version: () => `tidemark ${JSON.parse(readFileSync(manifest, 'utf8')).version}`,
  command: ({ url, table, query, sql, out, lanes }) => ({
    argv: [
      process.execPath,
      main,
      'snapshot',
      ...['--source', url],
      ...(query ? ['--query', sql] : ['--table', table]),
      ...['--dataset', 'dataset://bench/v1', '--out', out, '--lanes', String(lanes), '--quiet'],
    ],
  }),
};
