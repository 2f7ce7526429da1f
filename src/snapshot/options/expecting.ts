import { define, type OptionDefinition } from './definition.js';
import { expectationsSchema, expectingText } from './expecting-kinds.js';

const shape = {
  schema: expectationsSchema,
  group: 'What rows are expected to be',
  value: '<yaml>',
  allowed: "a map of rows, unique and columns, such as '{columns: {email: {not-null: true}}}'; docs/expectations.md",
  keepsText: expectingText,
  reproduces: true,
} as const;

/** What rows must be, or should be. */
export const expecting = {
  expect: define({
    ...shape,
    help: 'What rows must be: their number, no NULL, unique, one of some values, a range, a pattern, how old. Broken: exit 6, and nothing is published',
  }),
  'expect-warn': define({
    ...shape,
    help: 'The same, but where it is broken, that is a warning, and stands in the manifest',
  }),
} satisfies Record<string, OptionDefinition>;
