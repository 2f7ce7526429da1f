import * as z from 'zod';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';

const group = 'Increments';

/** A duration, or a number. */
const distance = z
  .union([z.number().nonnegative().transform(String), kind.text])
  .refine((text) => /^\d+(?:\.\d+)?\s*(?:ms|s|m|min|h|d)?$/i.test(text));

/** How a run goes on from an earlier version. */
export const incremental = {
  parent: define({
    schema: kind.text,
    group,
    value: '<location>',
    help: 'An earlier version to go on from: only rows that are new since are read, and the version inherits the others. Its manifest alone is needed',
    allowed:
      "a version's folder, a folder of versions of one chain, an input's folder, or a manifest; dataset://<name> for the newest one that Valohai knows (VALOHAI_TOKEN) and that lies at --out",
    reproduces: true,
  }),
  mode: define({
    schema: z.enum(['append', 'upsert']),
    group,
    value: '<mode>',
    help: 'What a row of a key means that an earlier version has, too: append keeps both; with upsert the newest counts, by --key',
    allowed: 'append or upsert',
    default: 'append',
    reproduces: true,
  }),
  key: define({
    schema: kind.names,
    group,
    value: '<column>',
    help: 'The column, or columns, that tell a row from all others, for --mode upsert: never NULL, and once in a version',
    allowed: 'the name of a column, or names separated by commas',
    reproduces: true,
  }),
  deletes: define({
    schema: z.enum(['scan']),
    group,
    value: '<how>',
    help: 'With --mode upsert: scan looks at the --key of every row in each run, and tells which are gone; keeps 32 bytes a row beside the files',
    allowed: 'scan',
    default: 'deleted rows are not looked for',
    reproduces: true,
  }),
  cursor: define({
    schema: kind.names,
    group,
    value: '<column>',
    help: 'The column, or columns, that grow with every row: needed to go on from a query or a view, or for --cursor-floor',
    allowed: 'the name of a column, or names separated by commas',
    reproduces: true,
  }),
  lag: define({
    schema: distance,
    group,
    value: '<distance>',
    help: 'How much later than others a row may come, by its --cursor: so far back rows are read again, and those that are known dropped',
    allowed: 'a duration such as 15m, or a number for columns of numbers; 0 for none',
    reproduces: true,
  }),
  'cursor-floor': define({
    schema: distance,
    group,
    value: '<distance>',
    help: "Of a table, look only at rows so far below the parent's largest --cursor, or above: an index finds them; older ones are not looked for",
    allowed: 'a duration such as 1d, or a number for columns of numbers',
    reproduces: true,
  }),
  'null-cursor': define({
    schema: z.enum(['fail', 'include', 'skip']),
    group,
    value: '<policy>',
    help: 'Rows without a value in --cursor: fail ends the run (exit 6), include reads them in the first run, skip never; they are counted',
    allowed: 'fail, include or skip',
    default: 'fail',
    reproduces: true,
  }),
  'first-run': define({
    schema: kind.flag,
    group,
    help: 'Where there is nothing at --parent yet, read all rows: the beginning of a chain',
    allowed: 'true or false',
    default: 'false: nothing there is an error, unless it is an empty input of Valohai',
    reproduces: true,
  }),
  full: define({
    schema: kind.flag,
    group,
    help: 'Read all rows, whatever there is at --parent: the beginning of a new chain',
    allowed: 'true or false',
    default: 'false',
    reproduces: true,
  }),
  'if-changed': define({
    schema: kind.text,
    group,
    value: '<location>',
    help: 'Read all rows, and make no version where they are those of the version there; says which version to use',
    allowed: "a version's folder, a folder of versions of one chain, an input's folder, or a manifest",
    reproduces: true,
  }),
  'reuse-files': define({
    schema: kind.flag,
    group,
    help: 'With --if-changed: files whose bytes the version there has, too, are taken over from it under their names, and neither kept twice nor uploaded again',
    allowed: 'true or false',
    default: 'false: all files are new',
    reproduces: true,
  }),
  'when-unchanged': define({
    schema: z.enum(['skip', 'republish']),
    group,
    value: '<what>',
    help: 'Where no row is new: skip makes no version; republish makes one of the same rows, without files of its own but the manifest',
    allowed: 'skip or republish',
    default: 'skip',
    reproduces: true,
  }),
  'compact-after': define({
    schema: kind.count(2, 100_000),
    group,
    value: '<versions>',
    help: 'Where the chain at --parent has so many versions or more, merge it into one first, and go on from that: its files must be there, too',
    allowed: 'a number of versions, at least 2',
    reproduces: true,
  }),
  schema: define({
    schema: z.enum(['fail', 'evolve']),
    group,
    value: '<contract>',
    help: 'Where columns are not those of --parent: fail ends the run (exit 6); evolve takes columns that were added',
    allowed: 'fail or evolve',
    default: 'fail',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;
