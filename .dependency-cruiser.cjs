/** Import directions: core ← {source, partition, shard, destination, manifest, scratch} ← lane ← {snapshot, version} ← {index, cli}; no cycles. */
const layers = [
  'core',
  'source|partition|shard|destination|manifest|scratch',
  'lane',
  'snapshot|version',
  'cli|index\\.ts',
];

const pointLeftOnly = layers.slice(0, -1).map((layer, depth) => ({
  name: `${layer}-imports-left-only`,
  severity: 'error',
  from: { path: `^src/(${layer})` },
  to: { path: `^src/(${layers.slice(depth + 1).join('|')})` },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...pointLeftOnly,
    {
      name: 'siblings-meet-in-core',
      severity: 'error',
      from: { path: '^src/(source|partition|shard|destination|manifest|scratch)/' },
      to: { path: '^src/(source|partition|shard|destination|manifest|scratch)/', pathNot: '^src/$1/' },
    },
    {
      name: 'sources-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/source/([^/]+)/' },
      to: { path: '^src/source/([^/]+)/', pathNot: '^src/source/$1/' },
    },
    {
      name: 'sources-by-the-registry-alone',
      comment: 'nothing outside of a source knows it by name',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/' },
      to: { path: '^src/source/', pathNot: '^src/source/registry\\.ts$' },
    },
    {
      name: 'formats-by-the-registry-alone',
      comment: 'nothing outside of a format knows it by name, but for the library that writes Parquet for others',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(shard/|index\\.ts$)' },
      to: { path: '^src/shard/', pathNot: '^src/shard/registry\\.ts$' },
    },
    {
      name: 'formats-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/shard/([^/]+)/' },
      to: { path: '^src/shard/([^/]+)/', pathNot: '^src/shard/$1/' },
    },
    {
      name: 'destinations-by-the-registry-alone',
      comment: 'nothing outside of a destination knows it by name',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/destination/' },
      to: { path: '^src/destination/', pathNot: '^src/destination/registry\\.ts$' },
    },
    {
      name: 'destinations-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/destination/([^/]+)/' },
      to: { path: '^src/destination/([^/]+)/', pathNot: '^src/destination/$1/' },
    },
    {
      name: 'files-by-destinations-alone',
      comment: 'what versions are written to and read from is for destinations to know',
      severity: 'error',
      from: { path: '^src/(lane|version|snapshot/[^/]+\\.ts)' },
      to: { path: '^(node:)?(fs|fs/promises)$', dependencyTypes: ['core'] },
    },
    ...['source', 'destination', 'shard'].map((port) => ({
      name: `tests-of-others-know-no-${port}`,
      comment: 'what is not about one of them is tested by the registry, so that it holds for all',
      severity: 'error',
      from: { path: '^test/', pathNot: `^test/${port}/` },
      to: { path: `^src/${port}/`, pathNot: `^src/${port}/registry\\.ts$` },
    })),
    {
      name: 'pg-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(source/postgres|cli/demo)/' },
      to: { path: '^node_modules/(pg|pg-query-stream|pgpass|pg-connection-string)/' },
    },
    {
      name: 'bytes-only',
      comment: 'core, partition and shard touch no file, socket or thread',
      severity: 'error',
      from: { path: '^src/(core|partition|shard)/' },
      to: {
        path: '^(node:)?(fs|fs/promises|net|tls|http|https|child_process|worker_threads)$',
        dependencyTypes: ['core'],
      },
    },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
