import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';

/** Which part of a split a row belongs to. */
export const splitting = {
  split: define({
    schema: kind.shares,
    group: 'Splits',
    value: '<parts>',
    help: 'Parts that rows are split into, as train=0.7,validation=0.15,test=0.15; by --split-time names alone; by --split-by value=name',
    allowed: 'name=share, separated by commas; with --split-time names; with --split-by names or value=name',
    repeats: 'list',
    keepsText: { scalars: 'all' },
    reproduces: true,
  }),
  'split-key': define({
    schema: kind.names,
    group: 'Splits',
    value: '<columns>',
    help: 'Columns that tell what an entity is: all rows of one are in one part',
    allowed: 'names of columns, separated by commas',
    default: 'every row is an entity of its own',
    repeats: 'list',
    reproduces: true,
  }),
  'split-salt': define({
    schema: kind.text,
    group: 'Splits',
    value: '<text>',
    help: 'Another salt is another assignment of entities to parts',
    allowed: 'a text',
    default: 'empty',
    reproduces: true,
  }),
  'split-time': define({
    schema: kind.columnAndValues,
    group: 'Splits',
    value: '<column=cuts>',
    help: 'Split by time: a part ends before its cut, as signup_date=2024-01-01,2024-02-01; the last one never',
    allowed: 'column=cut,cut; cuts are days or moments in ISO 8601, ascending, one less than parts',
    reproduces: true,
  }),
  'split-by': define({
    schema: kind.text,
    group: 'Splits',
    value: '<column>',
    help: 'Split as a column says, whose values are names of parts, or value=name in --split',
    allowed: 'the name of a column',
    reproduces: true,
  }),
  'split-label': define({
    schema: kind.text,
    group: 'Splits',
    value: '<column>',
    help: 'A column of classes: the manifest tells how many rows of each are in every part',
    allowed: 'the name of a column of booleans, whole numbers or texts',
    reproduces: true,
  }),
  'split-null': define({
    schema: kind.text,
    group: 'Splits',
    value: '<part>',
    help: 'The part that rows go to whose key is NULL; without it such a row ends the run',
    allowed: "a part's name",
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;
