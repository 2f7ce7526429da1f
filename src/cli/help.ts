/** The texts of `--help` that are not options. */

export const summaries = {
  snapshot: 'query → dataset version',
  plan: 'what a snapshot would do; writes nothing',
  bench: 'how fast a snapshot would be, and why; keeps nothing',
  verify: 'check that a version holds what its manifest says',
  diff: 'what changed between two versions',
  find: 'which versions and files hold a key',
  show: 'a version, for people; --json for programs',
  adopt: 'files that another engine wrote → dataset version',
  compact: 'merge a chain of increments into one version',
  delta: "make a chain's folder a Delta table, too",
  register: 'make a version in a bucket a dataset version of Valohai, over its API',
  demo: 'see it happen on a PostgreSQL server of its own',
} as const;

export const descriptions = {
  snapshot: `Read tables or a query at one moment of the database and write an immutable dataset version.

Every option can be a flag, a key of the YAML file, or a variable TIDEMARK_<OPTION>; the first of these wins.`,
  plan: `Print what \`tidemark snapshot\` with the same options would do: schema and types, ranges, lanes, names.
It writes nothing, and reads no rows but a sample of numbers that are kept as text, for which it proposes a --cast. With --profile it
reads a sample of the rows, and proposes as YAML what could be expected of them.`,
  bench: `Read what \`tidemark snapshot\` with the same options would, for 30 seconds, and say how fast rows come, are decoded and encoded, what
the time goes into, and what would change it. Nothing is kept. Of --lanes, --compression and --via several values, separated by commas,
are measured beside each other.`,
  verify: `Check every file of a version against its manifest: sizes, sha-256, whether it can be read, row counts.
Exit code 5 when something is not as the manifest says.`,
  diff: `Compare two versions, each with all that it inherits: columns, rows, and how the values of each column lie. Where digests agree, no file
is read. With --key it is told which rows changed, and in which columns; without one a changed row is removed and added.`,
  find: `List the versions, files and splits that have rows of a key, such as those of a customer who asks to be forgotten. Files that cannot have it,
by their statistics, are not read; of others the key's columns are. Masked keys are found with the mask's key, in TIDEMARK_MASK_KEY.`,
  show: `Print what a version holds: what data, from where, when, by which query, how complete, and the command that makes it again.
With --json: its manifest. With --lineage: the versions that it goes back to.`,
  adopt: `Make a dataset version of Parquet files that another engine wrote: a folder of them (Spark, DuckDB, Polars, pyarrow), an UNLOAD of
Redshift with its manifest, or an export of RDS or Aurora. Every file is read once: hashed, its rows counted and their digest computed.
Files stay as they are, byte by byte, unless splits, partitions, masks, another format, codec or shard size, or a part of the rows is asked for.`,
  compact: `Write the rows of a version and of all that it inherits as one version, which inherits nothing. The database is not asked.
Increments go on from it as from the version that it was made of. What is not given is as in the newest version.`,
  delta: `Write the log (_delta_log) that makes the folder of a chain of increments a Delta table, beside the versions, of which nothing changes:
version 0 is the first one of the chain. Run it again after each increment: the log grows. It follows from the manifests alone.`,
  register: `Register a version in a bucket in Valohai: its objects are adopted into the store of a project that has the bucket, and made a dataset
version. The token is read from VALOHAI_TOKEN, the project from VALOHAI_PROJECT. \`tidemark snapshot --register\` does it after a run.`,
  demo: `Start a real PostgreSQL server on this machine, fill a table, make a snapshot, change the table, make another,
and verify both. The server is removed at the end, the files stay.
With --mysql it is a server of MariaDB or MySQL, which must be installed here: it gets data and a port of its own.`,
} as const;

const systemFolder = 'where the system has temporary files';
const readsFiles = 'Threads that read files at the same time; ';

/** Of options that other commands than `snapshot` take for something else. */
export const ownWords = {
  bench: {
    lanes: {
      help: 'Connections that read at the same time; several numbers, as 1,2,4, are measured beside each other',
    },
    compression: {
      help: 'Compression of column chunks, or of whole CSV files; several codecs, as snappy,zstd, are measured beside each other',
    },
    via: {
      help: 'The road that rows come on, as for `tidemark snapshot`; several, as copy,cursor, are measured beside each other',
    },
    dataset: { help: 'No version is made: it need not be given' },
  },
  verify: {
    lanes: {
      help: 'Threads that read files, and with --against connections; what is found is the same with any number',
    },
    scratch: { help: 'Where hashes of rows wait with --against; removed at the end', default: systemFolder },
  },
  diff: {
    lanes: { help: `${readsFiles}what is found is the same with any number` },
    scratch: {
      help: 'Where hashes of rows wait, and rows that differ; removed at the end',
      default: systemFolder,
    },
  },
  adopt: { lanes: { help: `${readsFiles}the data is the same with any number` } },
  compact: { lanes: { help: `${readsFiles}the data is the same with any number` } },
} as const;

export const examples = {
  snapshot: `
Examples:
  $ tidemark snapshot --table customers --dataset 'dataset://customers/{date}'
  $ tidemark snapshot --query-file churn.sql --param since=2024-01-01 --dataset 'dataset://churn/{quarter}'
  $ tidemark snapshot tidemark.yaml --date 2024-01-15 --alias production
  $ DB_HOST=db.example.com DB_NAME=shop DB_USER=ml DB_PASSWORD=… tidemark snapshot --table orders \\
      --dataset 'dataset://orders/{date}' --json`,
  plan: `
Examples:
  $ tidemark plan --table customers --dataset 'dataset://customers/{date}'
  $ tidemark plan tidemark.yaml --json
  $ tidemark plan --table customers --dataset 'dataset://customers/{date}' --profile`,
  bench: `
Examples:
  $ tidemark bench --table orders
  $ tidemark bench --table orders --lanes 1,2,4 --compression snappy,zstd --for 60s
  $ tidemark bench tidemark.yaml --json
  $ tidemark bench --demo
  $ tidemark bench --table orders --record orders.rows --for 10s
  $ tidemark bench --replay orders.rows --compression snappy,zstd,lz4_raw`,
  verify: `
Examples:
  $ tidemark verify ./outputs/customers/2024-q1
  $ tidemark verify /valohai/inputs/training-data --quick
  $ tidemark verify ./outputs --id 3a7bd3e2… --json
  $ tidemark verify ./outputs --signer signer.pem
  $ tidemark verify ./outputs/customers/2024-q1 --against postgres://ml@db.example.com/shop`,
  diff: `
Examples:
  $ tidemark diff ./outputs/customers/2024-q1 ./outputs/customers/2024-q2
  $ tidemark diff ./outputs/customers/2024-q1 ./outputs/customers/2024-q2 --key customer_id --rows 5
  $ tidemark diff s3://lake/customers/2024-q1 s3://lake/customers/2024-q2 --json`,
  find: `
Examples:
  $ tidemark find --key customer_id=42 ./outputs
  $ tidemark find --key country=DE --key vat_id=123456789 s3://lake/customers s3://lake/orders --json`,
  show: `
Examples:
  $ tidemark show ./outputs/customers/2024-q1
  $ tidemark show ./outputs/events/2024-03-31 --lineage
  $ tidemark show ./outputs --json`,
  adopt: `
Examples:
  $ tidemark adopt ./spark-output --dataset 'dataset://events/{date}'
  $ tidemark adopt s3://lake/unload/orders_manifest --out s3://lake/versions --dataset 'dataset://orders/{date}'
  $ tidemark adopt s3://lake/exports/nightly --table shop.public.orders --dataset 'dataset://orders/{date}' \\
      --split train=0.8,test=0.2 --split-key customer_id`,
  compact: `
Examples:
  $ tidemark compact ./outputs/events
  $ tidemark compact ./outputs/events/2024-03-31 --dataset dataset://events/2024-q1`,
  register: `
Examples:
  $ tidemark register s3://lake/ml/customers/2024-q1`,
  delta: `
Examples:
  $ tidemark delta ./outputs/events
  $ tidemark delta ./outputs/shop --table orders`,
  demo: `
Examples:
  $ tidemark demo
  $ tidemark demo --out /tmp/tidemark-demo
  $ tidemark demo --mysql`,
} as const;

export const root = `
Examples:
  $ tidemark demo
  $ tidemark snapshot --source postgres://ml@db.example.com/shop --table customers \\
      --dataset 'dataset://customers/{quarter}'
  $ tidemark verify ./outputs/customers/2024-q1

\`tidemark snapshot --help\` lists all options.
Exit codes: 0 done; 2 the request is wrong; 3 the source failed; 4 the destination failed; 5 verification failed;
6 the data broke a declared contract; 130 and 143 interrupted.`;
