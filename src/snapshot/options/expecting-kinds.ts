import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { KeptText } from './definition.js';
import * as kind from './kinds.js';
import { nearest } from './problems.js';
import { isSameKey, writtenValues } from './written.js';

/** Values of columns stand as they are written: 0.10 may be a text, and a number of 30 digits is no double. */
export const expectingText: KeptText = { scalars: 'all' };

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** Of 0.05 and 5%, the share. */
const anyShare = z.union([z.number(), kind.text]).transform((given, context) => {
  const [, number, sign] = /^(\d+(?:\.\d+)?) ?(%?)$/.exec(String(given)) ?? [];
  if (number !== undefined) return sign === '%' ? Number(`${number}e-2`) : Number(number);
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

const shareBelowAll = anyShare.refine((share) => share < 1);

const rows = z.strictObject({
  min: kind.count(0, Number.MAX_SAFE_INTEGER).exactOptional(),
  max: kind.count(0, Number.MAX_SAFE_INTEGER).exactOptional(),
  'max-change': anyShare.exactOptional(),
});

const column = z.strictObject({
  'not-null': kind.flag.exactOptional(),
  'max-nulls': shareBelowAll.exactOptional(),
  unique: kind.flag.exactOptional(),
  in: z.array(value).min(1).exactOptional(),
  min: value.exactOptional(),
  max: value.exactOptional(),
  pattern: z.string().min(1).exactOptional(),
  'max-age': kind.duration(1).exactOptional(),
});

/** What is expected of a table's rows. */
export const expectations = z.strictObject({
  rows: rows.exactOptional(),
  unique: z.array(kind.names).exactOptional(),
  columns: z.record(kind.exactText, column).exactOptional(),
});

export type Expectations = z.output<typeof expectations>;

/** A map; in flags and variables as YAML or JSON. */
export const expectationsSchema = z.union([expectations, kind.text.transform(parsed).pipe(expectations)]);

function parsed(text: string, context: z.RefinementCtx): unknown {
  const read = textValue(text);
  if (read !== undefined) return read;
  context.addIssue({ code: 'custom' });
  return z.NEVER;
}

/** What a text says. Undefined: it is no YAML. */
export function textValue(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: isSameKey });
  const broken = document.errors.length + document.warnings.length > 0;
  return broken ? undefined : writtenValues(document, expectingText, 0);
}

/** What each key takes. */
const ofTables: Readonly<Record<string, string>> = {
  rows: 'a map of min, max and max-change',
  'rows.min': 'a whole number',
  'rows.max': 'a whole number',
  'rows.max-change': 'a share such as 20% or 0.2',
  unique: 'a list of lists of columns, such as [[order_id, line]]',
  columns: 'a map of columns to what is expected of them',
};
const ofColumns: Readonly<Record<string, string>> = {
  'not-null': 'true or false',
  unique: 'true or false',
  'max-nulls': 'a share below 1, such as 5% or 0.05',
  in: 'a list of values',
  min: 'a value of the column',
  max: 'a value of the column',
  pattern: 'a regular expression',
  'max-age': 'a time such as 36h or 2d',
};

interface Fault {
  readonly message: string;
  readonly hint: string;
}

/** Where in what is expected something is wrong, and what: `columns.plan.inn is not known`. Undefined: it is no map at all. */
export function expectationsFault(given: unknown): Fault | undefined {
  const read = typeof given === 'string' ? textValue(given) : given;
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  const [issue] = expectations.safeParse(read).error?.issues ?? [];
  if (issue === undefined) return undefined;
  const place = issue.path.map(String);
  return issue.code === 'unrecognized_keys' ? unknownKey(place, issue.keys[0]!) : wrongValue(place);
}

function unknownKey(place: readonly string[], key: string): Fault {
  const shape = place.length === 0 ? expectations.shape : place[0] === 'rows' ? rows.shape : column.shape;
  const known = Object.keys(shape);
  const guess = nearest(key, known);
  return {
    message: `${[...place, key].join('.')} is not known (allowed: ${known.join(', ')})`,
    hint: guess === undefined ? 'docs/expectations.md has them all.' : `Did you mean "${guess}"?`,
  };
}

function wrongValue(place: readonly string[]): Fault {
  const [first = '', name, rule] = place;
  const at = first === 'columns' ? place.slice(0, 3) : place.slice(0, first === 'rows' ? 2 : 1);
  const ofColumn = rule === undefined ? `a map of ${Object.keys(column.shape).join(', ')}` : ofColumns[rule];
  const allowed = first === 'columns' && name !== undefined ? ofColumn : ofTables[at.join('.')];
  return {
    message: `${at.join('.')} has a value that is not allowed (allowed: ${allowed})`,
    hint: 'docs/expectations.md has examples.',
  };
}
