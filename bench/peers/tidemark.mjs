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

/** The road for servers and poolers without COPY: no contender of its own. */
export const byCursor = {
  ...base,
  ...{ name: 'Tidemark, by cursor', id: 'tidemark-cursor', own: true, replays: false },
  command: commandOf(['--via', 'cursor']),
};

const split = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'l_partkey'];
const maskKey = { TIDEMARK_MASK_KEY: 'a key for benchmarks alone, of no use to anybody' };

/** Nobody of them holds anything up: what is looked at is what is there. */
const eight = {
  rows: { min: 1 },
  columns: {
    l_orderkey: { 'not-null': true, min: 1 },
    l_quantity: { min: 0, max: 100 },
    l_discount: { min: 0, max: 1 },
    l_returnflag: { in: ['A', 'N', 'R'] },
    l_shipdate: { min: '1992-01-01', 'max-age': '100000d' },
    l_comment: { pattern: '^[0-9a-f]+$' },
  },
};
/** Each row's order and its number among all: no two are the same, and all have to be compared. */
const unique = { unique: [['l_orderkey', 'l_linenumber']] };

/** What its own options cost over a plain snapshot: they run in the workload of costs. */
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
  { name: 'eight expectations', id: 'expect', command: commandOf(['--expect', JSON.stringify(eight)]) },
  { name: 'unique over two columns', id: 'expect-unique', command: commandOf(['--expect', JSON.stringify(unique)]) },
].map((variant) => ({ ...base, ...variant, of: 'costs' }));

/** In the contest of CSV files. */
export const csvFiles = {
  ...base,
  name: 'Tidemark, CSV',
  id: 'tidemark-csv',
  of: 'csv',
  command: commandOf(['--format', 'csv']),
};
