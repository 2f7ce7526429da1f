import * as z from 'zod';
import { formats } from '../../shard/registry.js';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';
import { members } from './members.js';

const names = formats.map((format) => format.name);

/** How the shards are written. */
export const writing = {
  format: define({
    schema: z.enum(names),
    group: 'How to write',
    value: '<format>',
    help: 'The format of the shards',
    allowed: names.join(' or '),
    default: names[0]!,
    reproduces: true,
  }),
  compression: define({
    schema: z.enum(['snappy', 'zstd', 'gzip', 'lz4_raw', 'none']),
    group: 'How to write',
    value: '<codec>',
    help: 'Compression of column chunks, or of whole CSV files; all but gzip give the same bytes everywhere',
    allowed: 'snappy, zstd, gzip, lz4_raw or none; of CSV files none, gzip or zstd',
    default: 'snappy; none of CSV files',
    reproduces: true,
  }),
  'csv-separator': define({
    schema: z.enum([',', ';', '\t', '|']),
    group: 'How to write',
    value: '<character>',
    help: 'What stands between the fields of CSV files',
    allowed: 'a comma, a semicolon, a tab or |',
    default: 'a comma',
    reproduces: true,
  }),
  'csv-null': define({
    schema: z.string(),
    group: 'How to write',
    value: '<text>',
    help: 'What stands for NULL in CSV files, without quotation marks; an empty text is two quotation marks',
    allowed: 'a text without quotation marks, separators and line ends',
    default: 'nothing',
    reproduces: true,
  }),
  'shard-size': define({
    schema: kind.size(1024),
    group: 'How to write',
    value: '<size>',
    help: 'About how large a file may become',
    allowed: 'a size such as 128MiB, at least 1KiB',
    default: '128MiB',
    advise: adviseSize,
    reproduces: true,
  }),
  'single-file': define({
    schema: kind.flag,
    group: 'How to write',
    help: 'One file for each table and part, with the name of --name alone: customer_data_snapshot.csv, train.csv',
    allowed: 'true or false; not with --from, since names come again in every version',
    default: 'false',
    reproduces: true,
  }),
  digest: define({
    schema: z.enum(['on', 'off']),
    group: 'How to write',
    value: '<on|off>',
    help: 'The logical digest: says whether two versions hold the same rows, whatever their order and their files',
    allowed: 'on or off',
    default: 'on',
    reproduces: true,
  }),
  'dataset-card': define({
    schema: kind.flag,
    group: 'How to write',
    help: "A README.md in the version's folder whose front matter tells Hugging Face its tables and splits",
    allowed: 'true or false; not with --from, and not in outputs of Valohai',
    default: 'false',
    reproduces: true,
  }),
  mask: define({
    schema: kind.wordMap,
    group: 'How to write',
    value: '<column=mask>',
    help: 'What is written in place of values: hash (keyed by TIDEMARK_MASK_KEY), redact (***), null, or year of dates and timestamps',
    allowed: 'column=hash, column=redact, column=null or column=year',
    repeats: 'map',
    keepsText: { scalars: 'all' },
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

/** What the run may take. */
export const budgets = {
  lanes: define({
    schema: z.union([z.literal('auto'), kind.count(1, 64)]),
    group: 'Budgets',
    value: '<number>',
    help: 'Connections that read at the same time; the data is the same with any number',
    allowed: 'auto, or a whole number from 1 to 64',
    default: 'auto',
  }),
  ...members,
  memory: define({
    schema: kind.size(200 * 2 ** 20),
    group: 'Budgets',
    value: '<size>',
    help: 'How much memory the process may take: fewer lanes and encoder threads read at a time, and a row that has no room is named',
    allowed: 'a size such as 512MiB, at least 200MiB',
    default: 'about 90MiB for each core, and 110MiB',
    advise: adviseSize,
  }),
  scratch: define({
    schema: kind.text,
    group: 'Budgets',
    value: '<folder>',
    help: 'Where rows that were read ahead wait until those before them are written; removed when the run ends',
    allowed: 'a folder on a local disk',
    default: 'beside the version that is made',
  }),
  'max-statement': define({
    schema: kind.duration(1),
    group: 'Budgets',
    value: '<time>',
    help: 'How long one statement on the server may run, where the work can be cut',
    allowed: 'a time such as 500ms, 60s or 5m; a number alone is seconds',
  }),
  'lock-wait': define({
    schema: kind.duration(0),
    group: 'Budgets',
    value: '<time>',
    help: 'How long to try again where somebody holds a table exclusively; each attempt holds nothing up for more than 2 s',
    allowed: 'a time such as 60s or 10m, a number alone is seconds; 0s is one attempt',
    default: '60s',
  }),
  'retry-for': define({
    schema: kind.duration(0),
    group: 'Budgets',
    value: '<time>',
    help: 'How long to try again what fails for a reason that passes: a connection that broke, a server that starts anew. Rows stay those of one moment',
    allowed: 'a time such as 60s or 10m, a number alone is seconds; 0s is one attempt',
    default: '60s',
  }),
  'when-lost': define({
    schema: z.enum(['fail', 'restart']),
    group: 'Budgets',
    value: '<policy>',
    help: 'When the moment of the database is lost, as when its server starts anew: fail ends the run (exit 3), restart reads everything again, at a new moment, as soon as the server is there',
    allowed: 'fail or restart',
    default: 'fail',
  }),
  resume: define({
    schema: kind.flag,
    group: 'Budgets',
    help: 'Read the moment of the last run of the same request that was killed here, if there was one: for sources that can go back in time',
    allowed: 'true or false; not for PostgreSQL, MySQL and MariaDB, where a moment ends with its session',
    default: 'false',
  }),
  'max-rate': define({
    schema: kind.size(1024),
    group: 'Budgets',
    value: '<size>',
    help: 'How many bytes a second to receive from the server at most, by all lanes together',
    allowed: 'a size such as 20MB, at least 1KiB: so many bytes a second',
    advise: adviseSize,
  }),
  'stall-limit': define({
    schema: kind.duration(1000),
    group: 'Budgets',
    value: '<time>',
    help: 'How long the server may be silent while rows are awaited; a query that sorts is silent before its first row',
    allowed: 'a time such as 10m or 2h, at least 1s; a number alone is seconds',
    default: '1h',
  }),
} satisfies Record<string, OptionDefinition>;

/** How a command prints. */
export const output = {
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

function adviseSize(value: string): string | undefined {
  return /^\d+$/.test(value) ? `A number alone counts bytes: write ${value}MiB.` : undefined;
}
