/** Import directions: core ← machine ← {source, partition, mask, expectation, shard, destination, manifest, scratch, registration} ← {files, recording} ← lane ← member ← {snapshot, version, compact, delta, compare, benchmark} ← {index, cli}; no cycles. */
const layers = [
  'core',
  'machine',
  'source|partition|mask|expectation|shard|destination|manifest|scratch|registration',
  'files|recording',
  'lane',
  'member',
  'snapshot|version|compact|delta|compare|benchmark',
  'cli|index\\.ts',
];

const pointLeftOnly = layers.slice(0, -1).map((layer, depth) => ({
  name: `${layer}-imports-left-only`,
  severity: 'error',
  from: { path: `^src/(${layer})` },
  to: { path: `^src/(${layers.slice(depth + 1).join('|')})` },
}));

/** What is there several times: nobody knows one of them by name, but by the registry; and they know nothing of each other. */
const ports = ['source', 'shard', 'destination'];

/** What several sources share: a protocol that they speak, and the identities of clouds that log in; it knows none of them. */
const shared = '^src/source/(postgres-protocol|cloud-identity)/';

/** For users of the library that writes Parquet. */
const publicInterface = 'src/index\\.ts$';

const byTheRegistryAlone = (port) => [
  {
    name: `${port}-by-its-registry-alone`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^(src/${port}/|${publicInterface})` },
    to: { path: `^src/${port}/`, pathNot: `^src/${port}/registry\\.ts$` },
  },
  {
    name: `one-${port}-knows-no-other`,
    severity: 'error',
    from: { path: `^src/${port}/([^/]+)/` },
    to: { path: `^src/${port}/([^/]+)/`, pathNot: [`^src/${port}/$1/`, shared] },
  },
  {
    name: `tests-of-others-know-no-${port}`,
    comment:
      'what is not about one of them is tested by the registry, so that it holds for all; attacks go at the parsers of each',
    severity: 'error',
    from: { path: '^test/', pathNot: `^test/(${port}|attacks)/` },
    to: { path: `^src/${port}/`, pathNot: `^src/${port}/registry\\.ts$` },
  },
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...pointLeftOnly,
    {
      name: 'rooms-by-their-face',
      comment:
        "what lies in a folder inside a room is the room's own; others see the room's own files, or the folder's index",
      severity: 'error',
      from: { path: '^src/([^/]+)' },
      to: { path: '^src/(?!core/)[^/]+/[^/]+/', pathNot: ['^src/$1/', '/index\\.ts$'] },
    },
    {
      name: 'siblings-meet-in-core',
      severity: 'error',
      from: { path: '^src/(source|partition|mask|expectation|shard|destination|manifest|scratch|registration)/' },
      to: {
        path: '^src/(source|partition|mask|expectation|shard|destination|manifest|scratch|registration)/',
        pathNot: '^src/$1/',
      },
    },
    ...ports.flatMap(byTheRegistryAlone),
    {
      name: 'files-by-the-machine-alone',
      comment: 'who reads or writes versions is given the file system, so that its faults can be played',
      severity: 'error',
      from: { path: '^src/(files|lane|version|destination|scratch|snapshot/[^/]+\\.ts)' },
      to: { path: '^(node:)?(fs|fs/promises)$', dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pg-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(source/postgres(-protocol)?|cli/demo)/' },
      to: { path: '^node_modules/(pg|pg-query-stream)/' },
    },
    {
      name: 'mysql2-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(source/mysql|cli/demo)/' },
      to: { path: '^node_modules/mysql2/' },
    },
    {
      name: 'google-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/bigquery/' },
      to: { path: '^node_modules/(@google-cloud|@grpc)/' },
    },
    {
      name: 'google-auth-only-in-its-folders',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/(cloud-identity|bigquery)/' },
      to: { path: '^node_modules/google-auth-library/' },
    },
    {
      name: 'rds-signer-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/cloud-identity/aws/' },
      to: { path: '^node_modules/@aws-sdk/rds-signer/' },
    },
    {
      name: 'redshift-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/redshift/' },
      to: { path: '^node_modules/@aws-sdk/client-redshift' },
    },
    {
      name: 'snowflake-only-in-its-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/snowflake/' },
      to: { path: '^node_modules/(snowflake-sdk|smol-toml|https-proxy-agent|proxy-from-env)/' },
    },
    {
      name: 'bytes-only',
      comment: 'core, partition, mask, expectation and shard touch no file, socket or thread',
      severity: 'error',
      from: { path: '^src/(core|partition|mask|expectation|shard)/' },
      to: {
        path: '^(node:)?(fs|fs/promises|net|tls|http|https|child_process|worker_threads)$',
        dependencyTypes: ['core'],
      },
    },
    {
      name: 'only-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
