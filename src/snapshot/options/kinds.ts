import * as z from 'zod';
import { parseBytes, parseDuration } from '../../core/units.js';
import { itemsIn, namedValue, type NamedValue, nameOf } from './names.js';

/**
 * The kinds of values that options have. Each schema takes whatever a flag (text, or texts where it repeats), a YAML key,
 * an environment variable (text) or the library (its own types) may give, and puts out one type.
 */

export const text = z.string().trim().min(1);

/** A name or a value of the data's own, which blanks belong to: a column "a " is another one than "a". */
export const exactText = z.string().min(1);

/** The name of a column. */
export const column = exactText.transform(nameOf);

/** True or false; from text also 1/0 and yes/no. */
export const flag = z.union([
  z.boolean(),
  z
    .enum(['true', 'false', '1', '0', 'yes', 'no'])
    .transform((word) => word === 'true' || word === '1' || word === 'yes'),
]);

/** Bytes: a number, or text with a unit. */
export function size(least: number) {
  return z.union([z.int().min(least), text]).transform((given, context) => {
    const bytes = parsedOrUndefined(() => (typeof given === 'number' ? given : parseBytes(given, '')));
    if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= least) return bytes;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
}

/** Milliseconds: text with a unit; a bare number is seconds. */
export function duration(least: number) {
  return z.union([z.number().nonnegative(), text]).transform((given, context) => {
    const milliseconds = parsedOrUndefined(() => parseDuration(String(given), ''));
    if (milliseconds !== undefined && milliseconds >= least) return milliseconds;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
}

/** A number above 0; text is taken where it is one. */
export const amount = z.union([
  z.number().positive(),
  z
    .string()
    .regex(/^\d+(?:\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().positive()),
]);

/** A whole number from `least` to `most`; text is taken where it is digits alone. */
export function count(least: number, most: number) {
  const number = z.int().min(least).max(most);
  return z.union([number, z.string().regex(/^\d+$/).transform(Number).pipe(number)]);
}

/** One text or several; no duplicates are kept. */
export const list = z
  .union([text.transform((only) => [only]), z.array(text).min(1)])
  .transform((items) => [...new Set(items)]);

const exactTexts = z.union([exactText.transform((only) => [only]), z.array(exactText).min(1)]);

/** Texts that may each hold several, separated by commas: {@link itemsIn}. */
export const items = exactTexts.transform((texts) => [...new Set(texts.flatMap(itemsIn))]);

/** The same, of names. */
export const names = items.transform((found) => [...new Set(found.map(nameOf))]);

/** Texts whose blanks at the ends mean nothing. */
export const words = list.transform((texts) => [...new Set(texts.flatMap(itemsIn).map((item) => nameOf(item.trim())))]);

/** Names with or without values, separated by commas; or a map of them. */
export const shares = z.union([
  z
    .record(exactText, z.union([z.string(), z.number()]))
    .transform((map): NamedValue[] => Object.entries(map).map(([name, value]) => ({ name, value: String(value) }))),
  exactTexts.transform((texts): NamedValue[] =>
    texts
      .flatMap(itemsIn)
      .map(namedValue)
      .map(({ name, value }) => ({ name, value: value?.trim() })),
  ),
]);

/** `column=value,value`. */
export const columnAndValues = exactText.transform((given, context) => {
  const { name, value } = namedValue(given);
  const values = (value ?? '').split(',').map((one) => one.trim());
  if (name !== '' && values.every((one) => one !== '')) return { column: name, values };
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** `key=value` texts, or a map of texts, numbers and booleans; puts out a map of texts. */
export const textMap = z
  .union([z.record(exactText, scalar), pairs()])
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])));

/** The same, where YAML's `null` is a word like others. */
export const wordMap = z
  .union([z.record(exactText, z.union([scalar, z.null()])), pairs()])
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])));

/** `key=value` texts (values stay texts), or a map of any JSON values. */
export const jsonMap = z.union([z.record(exactText, z.unknown()), pairs()]);

/** A parameter's value, as YAML and the library may give it. `secret` without a value: from TIDEMARK_PARAM_<NAME>. */
const parameterValue = z.union([
  scalar.transform((value) => ({ value: String(value), secret: false })),
  z
    .strictObject({ value: scalar.optional(), secret: z.boolean().optional() })
    .refine((given) => given.value !== undefined || given.secret === true)
    .transform((given) => ({
      value: given.value === undefined ? undefined : String(given.value),
      secret: given.secret ?? false,
    })),
]);

export const parameters = z.union([
  z.record(exactText, parameterValue),
  pairs().transform((map) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, { value, secret: false }])),
  ),
]);

/** `name=value`, or only the name: then the value is read from TIDEMARK_PARAM_<NAME>. */
export const secretParameters = z
  .union([z.record(exactText, scalar), pairs(true)])
  .transform((map) =>
    Object.fromEntries(
      Object.entries(map).map(([key, value]) => [
        key,
        { value: value === undefined ? undefined : String(value), secret: true },
      ]),
    ),
  );

export interface NamedTable {
  /** Undefined: the relation's own name. */
  readonly name: string | undefined;
  readonly table: string;
}

const prefixedTable = /^([A-Za-z_][\w-]*)=(.+)$/;

/** A table, several, or a map of names to tables; `name=table` in text. */
export const tables = z.union([
  z
    .record(exactText, text)
    .transform((map): NamedTable[] => Object.entries(map).map(([name, table]) => ({ name, table })))
    .refine((items) => items.length > 0),
  list.transform((items): NamedTable[] =>
    items.map((item) => {
      const match = prefixedTable.exec(item);
      return match ? { name: match[1]!, table: match[2]! } : { name: undefined, table: item };
    }),
  ),
]);

function pairs(): z.ZodType<Record<string, string>, string | string[]>;
function pairs(bare: true): z.ZodType<Record<string, string | undefined>, string | string[]>;
function pairs(bare = false): z.ZodType<Record<string, string | undefined>, string | string[]> {
  return z.union([exactText, z.array(exactText).min(1)]).transform((given, context) => {
    const items = typeof given === 'string' ? [given] : given;
    const found = new Map<string, string | undefined>();
    for (const item of items) {
      const { name, value } = namedValue(item);
      if (name === '' || (value === undefined && !bare) || found.has(name)) {
        context.addIssue({ code: 'custom', params: { repeated: found.has(name) ? name : undefined } });
        return z.NEVER;
      }
      found.set(name, value);
    }
    return Object.fromEntries(found);
  });
}

function parsedOrUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
