import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const manifest = fileURLToPath(new URL('../../package.json', import.meta.url));

const base = {
  replays: true,
  available: () => (existsSync(main) ? undefined : 'dist is not built: npm run build'),
  version: () => `tidemark ${JSON.parse(readFileSync(manifest, 'utf8')).version}`,
};

const commandOf =
  (options = [], env = {}) =>
  ({ url, table, query, sql, out, lanes }) => ({
    argv: [
      process.execPath,
      main,
      'snapshot',
      ...['--source', url],
      ...(query ? ['--query', sql] : ['--table', table]),
      ...['--dataset', 'dataset://bench/v1', '--out', out, '--lanes', String(lanes), '--quiet', ...options],
    ],
    env,
  });

/** Hashes, statistics, page index, manifest, syncing and publishing included: there is no way to leave them out. */
export const tidemark = { ...base, name: 'Tidemark', id: 'tidemark', quick: true, command: commandOf() };

const split = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'l_partkey'];
const maskKey = { TIDEMARK_MASK_KEY: 'a key for benchmarks alone, of no use to anybody' };

/** What its own options cost over a plain snapshot: they run in workloads that ask for variants. */
export const variants = [
  { name: 'without digest', id: 'digest-off', command: commandOf(['--digest', 'off']) },
  { name: 'three splits', id: 'splits', command: commandOf(split) },
  { name: '7 partitions', id: 'partitions', command: commandOf(['--partition-by', 'l_shipmode']) },
  { name: '2,501 partitions', id: 'partitions-day', command: commandOf(['--partition-by', 'l_shipdate']) },
  {
    ...{ name: 'a column of 200,000 values masked by hash', id: 'mask' },
    command: commandOf(['--mask', 'l_partkey=hash'], maskKey),
    changes: ['l_partkey'],
  },
].map((variant) => ({ ...base, ...variant, variant: true }));
