import { z } from 'zod';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';
import { isDay, isTimeZone } from './time.js';

const reading = {
  source: define({
    schema: kind.text.regex(/^postgres(ql)?:\/\/.+$/s),
    group: 'What to read',
    value: '<url>',
    help: 'The database, as a URL; without it the variables DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD or PG* say',
    allowed: 'a URL such as postgres://user@host:5432/database?sslmode=verify-full',
    secret: true,
    reproduces: true,
    advise: adviseSource,
  }),
  table: define({
    schema: kind.tables,
    group: 'What to read',
    value: '<table>',
    help: 'A table or view to read, as name or schema.name; repeat it for several, each as <name>=<table> where names meet',
    allowed: 'a table such as customers or sales.orders, a list of them, or a map of names to tables',
    repeats: 'list',
    reproduces: true,
  }),
  query: define({
    schema: kind.text,
    group: 'What to read',
    value: '<sql>',
    help: 'One SELECT to read instead of a table; parameters stand in it as :name',
    allowed: 'one SQL query',
    reproduces: true,
  }),
  'query-file': define({
    schema: kind.text,
    group: 'What to read',
    value: '<file>',
    help: 'A file that holds the query',
    allowed: 'the path of a file with one SQL query',
    reproduces: true,
  }),
  param: define({
    schema: kind.parameters,
    group: 'What to read',
    value: '<name=value>',
    help: "A query's parameter; it is bound, never pasted",
    allowed: 'name=value; in YAML a map of names to values, or to {value: …, secret: true}',
    repeats: 'map',
    secret: true,
    reproduces: true,
  }),
  'secret-param': define({
    schema: kind.secretParameters,
    group: 'What to read',
    value: '<name[=value]>',
    help: 'A parameter whose value stays out of every file and message; without a value it is read from TIDEMARK_PARAM_<NAME>',
    allowed: 'name=value, or a name whose value is in the variable TIDEMARK_PARAM_<NAME>',
    repeats: 'map',
    secret: true,
    reproduces: true,
  }),
  via: define({
    schema: z.enum(['copy', 'cursor']),
    group: 'What to read',
    value: '<road>',
    help: 'copy: binary COPY, the fast road; cursor: pages of a cursor, for servers and poolers without COPY',
    allowed: 'copy or cursor',
    default: 'copy',
  }),
  limit: define({
    schema: kind.count(1, Number.MAX_SAFE_INTEGER),
    group: 'What to read',
    value: '<rows>',
    help: 'Read only so many rows of each table, to try things; the manifest says so',
    allowed: 'a whole number of rows, at least 1',
    reproduces: true,
  }),
  consistency: define({
    schema: z.enum(['snapshot', 'none']),
    group: 'What to read',
    value: '<level>',
    help: 'snapshot: everything is one moment of the database; none: it need not be, and the manifest says so',
    allowed: 'snapshot or none',
    default: 'snapshot',
    reproduces: true,
  }),
  cast: define({
    schema: kind.textMap,
    group: 'What to read',
    value: '<column=type>',
    help: 'Write a column as another type, such as price=decimal(20,4)',
    allowed: 'column=type, such as price=decimal(20,4); in YAML a map of columns to types',
    repeats: 'map',
    reproduces: true,
  }),
  misfit: define({
    schema: z.enum(['fail', 'null']),
    group: 'What to read',
    value: '<policy>',
    help: 'A value that its column cannot hold: fail ends the run (exit 6), null writes NULL and counts it',
    allowed: 'fail or null',
    default: 'fail',
    reproduces: true,
  }),
  infinity: define({
    schema: z.enum(['fail', 'extreme', 'null']),
    group: 'What to read',
    value: '<policy>',
    help: 'Infinite dates and timestamps: fail, the extreme value of the type, or NULL; the last two are counted',
    allowed: 'fail, extreme or null',
    default: 'as --misfit',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;

const naming = {
  out: define({
    schema: kind.text.refine((given) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(given)),
    group: 'The dataset version',
    value: '<folder>',
    help: 'The outputs folder; the version goes to <folder>/<dataset>/<version>/',
    allowed: 'the path of a folder',
    default: "Valohai's outputs folder inside an execution, else ./outputs",
    advise: (value) => (/:\/\//.test(value) ? 'Only folders can be written to so far.' : undefined),
  }),
  dataset: define({
    schema: kind.text.regex(/^dataset:\/\/[^/]+\/[^/]+$/),
    group: 'The dataset version',
    value: '<uri>',
    help: 'The version to make: dataset://<name>/<version>; both may use {date} {datetime} {year} {quarter} {month} {week} {run}',
    allowed: 'dataset://<name>/<version>, such as dataset://customers/{year}-{quarter}',
    reproduces: true,
    advise: (value) =>
      value.includes('://')
        ? undefined
        : `Write dataset://${value.includes('/') ? value : `${value}/{date}`} in full, so that it reads like what Valohai shows.`,
  }),
  from: define({
    schema: kind.text.regex(/^dataset:\/\/[^/]+\/[^/]+$/),
    group: 'The dataset version',
    value: '<uri>',
    help: "The dataset version that the new one starts from: it inherits that version's files",
    allowed: 'dataset://<name>/<version>',
    reproduces: true,
  }),
  tag: define({
    schema: kind.names,
    group: 'The dataset version',
    value: '<tag>',
    help: 'A tag for every file of the version',
    allowed: 'a text, or a list of texts',
    repeats: 'list',
  }),
  alias: define({
    schema: kind.text.regex(/^[A-Za-z0-9._-]+$/),
    group: 'The dataset version',
    value: '<name>',
    help: 'A dataset version alias to move to the new version, such as production',
    allowed: 'letters, digits, ".", "_" and "-"',
  }),
  property: define({
    schema: kind.jsonMap,
    group: 'The dataset version',
    value: '<key=value>',
    help: 'A metadata property of your own for every file; text from flags, any JSON value from YAML',
    allowed: 'key=value; in YAML a map of keys to any values',
    repeats: 'map',
  }),
  name: define({
    schema: kind.text,
    group: 'The dataset version',
    value: '<template>',
    help: 'The file name of a shard, without its ending',
    allowed: 'a file name with {dataset}, {version}, {table} and {index}',
    default: '{dataset}-{version}-{index}',
    reproduces: true,
  }),
  date: define({
    schema: kind.text.refine(isDay),
    group: 'The dataset version',
    value: '<day>',
    help: "The run's logical date, for names and the query's parameter :date; lets a rerun or a backfill say which day it is for",
    allowed: 'a day as YYYY-MM-DD',
    default: 'SNAPSHOT_DATE, else today in --time-zone',
    variable: 'SNAPSHOT_DATE',
    reproduces: true,
  }),
  'date-column': define({
    schema: kind.text,
    group: 'The dataset version',
    value: '<column>',
    help: "The column whose smallest and largest values become the version's date_range",
    allowed: 'the name of a column',
  }),
  'time-zone': define({
    schema: kind.text.refine(isTimeZone),
    group: 'The dataset version',
    value: '<zone>',
    help: 'The time zone in which a date begins; it changes no value of the data',
    allowed: 'an IANA time zone such as Europe/Helsinki',
    default: 'UTC',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;

const writing = {
  format: define({
    schema: z.enum(['parquet']),
    group: 'How to write',
    value: '<format>',
    help: 'The format of the shards',
    allowed: 'parquet',
    default: 'parquet',
    advise: (value) => (value.toLowerCase() === 'csv' ? 'CSV is not written yet; parquet is.' : undefined),
  }),
  compression: define({
    schema: z.enum(['snappy', 'zstd', 'gzip', 'lz4_raw', 'none']),
    group: 'How to write',
    value: '<codec>',
    help: 'Compression of the column chunks; all but gzip give the same bytes everywhere',
    allowed: 'snappy, zstd, gzip, lz4_raw or none',
    default: 'snappy',
    reproduces: true,
  }),
  'shard-size': define({
    schema: kind.size(1024),
    group: 'How to write',
    value: '<size>',
    help: 'About how large a file may become',
    allowed: 'a size such as 128MiB, at least 1KiB',
    default: '128MiB',
    reproduces: true,
  }),
  'redact-stats': define({
    schema: kind.names,
    group: 'How to write',
    value: '<columns>',
    help: 'Columns whose values stay out of statistics, manifest, metadata and messages; separated by commas',
    allowed: 'names of columns, separated by commas',
    repeats: 'list',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;

const budgets = {
  lanes: define({
    schema: z.union([z.literal('auto'), kind.count(1, 64)]),
    group: 'Budgets',
    value: '<number>',
    help: 'Connections that read at the same time; the data is the same with any number',
    allowed: 'auto, or a whole number from 1 to 64',
    default: 'auto',
  }),
  memory: define({
    schema: kind.size(64 * 2 ** 20),
    group: 'Budgets',
    value: '<size>',
    help: 'Memory that the whole process may take',
    allowed: 'a size such as 256MiB, at least 64MiB',
    default: '256MiB',
  }),
  'max-statement': define({
    schema: kind.duration,
    group: 'Budgets',
    value: '<time>',
    help: 'How long one statement on the server may run, where the work can be cut',
    allowed: 'a time such as 500ms, 60s or 5m',
  }),
} satisfies Record<string, OptionDefinition>;

const output = {
  json: define({
    schema: kind.flag,
    group: 'Output',
    help: 'Print the result as one JSON object on stdout',
    allowed: 'true or false',
    default: 'false',
  }),
  quiet: define({
    schema: kind.flag,
    group: 'Output',
    help: 'Print only errors and warnings for people',
    allowed: 'true or false',
    default: 'false',
  }),
  color: define({
    schema: kind.flag,
    group: 'Output',
    help: 'Print without colours, as the variable NO_COLOR asks for too',
    allowed: 'true or false',
    default: 'true on a terminal',
    negated: true,
  }),
} satisfies Record<string, OptionDefinition>;

/** Every option of `snapshot` and `plan`, by its name in kebab-case. */
export const options = { ...reading, ...naming, ...writing, ...budgets, ...output };

export type OptionKey = keyof typeof options;

/** Option values after validation, by kebab-case name. */
export type OptionValues = { readonly [K in OptionKey]?: z.output<(typeof options)[K]['schema']> };

export const optionKeys = Object.keys(options) as OptionKey[];

/** The definition of a key, without the schema's own type. */
export function definitionOf(key: OptionKey): OptionDefinition {
  return options[key];
}

function adviseSource(value: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase();
  const later = ['mysql', 'mariadb', 'redshift', 'snowflake', 'bigquery'];
  if (scheme !== undefined && later.includes(scheme)) {
    return `${scheme}:// cannot be read yet; postgres:// can.`;
  }
  return 'Begin with postgres://, or leave --source out and set DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD.';
}

type CamelCase<K extends string> = K extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : K;

/** The options of the library: the names of the flags in camelCase, texts as in flags or types of their own. */
export type SnapshotOptions = {
  readonly [K in Exclude<OptionKey, 'json' | 'quiet' | 'color'> as CamelCase<K>]?:
    z.input<(typeof options)[K]['schema']> | undefined;
};
