import { isLocation } from '../../destination/registry.js';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';
import { isDay, isTimeZone } from './time.js';

/** Which version is made of it, and where. */
export const naming = {
  out: define({
    schema: kind.text.refine(isLocation),
    group: 'The dataset version',
    value: '<location>',
    help: 'The outputs folder, or a prefix in a bucket; the version goes to <location>/<dataset>/<version>/',
    allowed: 'the path of a folder, or s3://<bucket>/<prefix>',
    default: "Valohai's outputs folder inside an execution, else ./outputs",
    advise: (value) =>
      /:\/\//.test(value)
        ? 'Versions go into folders and to s3://; stores of others by ?endpoint=… behind it.'
        : undefined,
  }),
  register: define({
    schema: kind.flag,
    group: 'The dataset version',
    help: 'Register the version in Valohai over its API, from wherever the run is: its objects are adopted into the store of the project (VALOHAI_TOKEN, VALOHAI_PROJECT)',
    allowed: 'true or false; with --out s3://…, a bucket that is a store of the project',
    default: 'false: the platform registers what lies in the outputs of an execution, and nothing else',
  }),
  dataset: define({
    schema: kind.text.regex(/^dataset:\/\/[^/]+\/[^/]+$/),
    group: 'The dataset version',
    value: '<uri>',
    help: 'The version to make: dataset://<name>/<version>; both may use {date} {datetime} {year} {quarter} {month} {week} {run}, and {split} for a version of each part',
    allowed: 'dataset://<name>/<version>, such as dataset://customers/{quarter}',
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
  sign: define({
    schema: kind.flag,
    group: 'The dataset version',
    help: "Sign the version's id, so that `tidemark verify --signer` tells who made it: by the Ed25519 key in TIDEMARK_SIGNING_KEY",
    allowed: 'true or false',
    default: 'false',
  }),
  tag: define({
    schema: kind.words,
    group: 'The dataset version',
    value: '<tag>',
    help: 'A tag for every file of the version',
    allowed: 'a text, or a list of texts',
    repeats: 'list',
  }),
  alias: define({
    schema: kind.text.regex(/^(?:[A-Za-z0-9._-]|\{split\})+$/),
    group: 'The dataset version',
    value: '<name>',
    help: 'A dataset version alias to move to the new version, such as production',
    allowed: 'letters, digits, ".", "_" and "-", and {split} where each part has a version',
  }),
  property: define({
    schema: kind.jsonMap,
    group: 'The dataset version',
    value: '<key=value>',
    help: 'A metadata property of your own for every file; text from flags, any JSON value from YAML',
    allowed: 'key=value; in YAML a map of keys to any values',
    repeats: 'map',
    keepsText: { scalars: 'inexact' },
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
    advise: (value) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? 'The calendar has no such day.' : undefined),
    default: 'SNAPSHOT_DATE, else today in --time-zone',
    variable: 'SNAPSHOT_DATE',
    reproduces: true,
  }),
  'date-column': define({
    schema: kind.column,
    group: 'The dataset version',
    value: '<column>',
    help: "The column whose smallest and largest values become the version's date_range",
    allowed: 'the name of a column',
    reproduces: true,
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
