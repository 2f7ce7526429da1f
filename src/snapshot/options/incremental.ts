import { z } from 'zod';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';

const group = 'Increments';

/** How a run goes on from an earlier version. */
export const incremental = {
  parent: define({
    schema: kind.text,
    group,
    value: '<location>',
    help: 'An earlier version to go on from: only rows that are new since are read, and the version inherits the others. Its manifest alone is needed',
    allowed: "a version's folder, a folder of versions of one chain, an input's folder, or a manifest",
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
  'when-unchanged': define({
    schema: z.enum(['skip', 'republish']),
    group,
    value: '<what>',
    help: 'Where no row is new: skip makes no version; republish makes one of the same rows, without files of its own but the manifest',
    allowed: 'skip or republish',
    default: 'skip',
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
