import { z } from 'zod';
import { parseBytes, parseDuration } from '../../core/units.js';

/**
 * The kinds of values that options have. Each schema takes whatever a flag (text, or texts where it repeats), a YAML key,
 * an environment variable (text) or the library (its own types) may give, and puts out one type.
 */

export const text = z.string().trim().min(1);

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

/** A whole number from `least` to `most`; text is taken where it is digits alone. */
export function count(least: number, most: number) {
  const number = z.int().min(least).max(most);
  return z.union([number, z.string().regex(/^\d+$/).transform(Number).pipe(number)]);
}

/** One text or several; no duplicates are kept. */
export const list = z
  .union([text.transform((only) => [only]), z.array(text).min(1)])
  .transform((items) => [...new Set(items)]);

/** Texts that may each hold several, separated by commas; a name that has commas itself stands in quotation marks, as in CSV. */
export const names = list.transform((items) => [...new Set(items.flatMap(namesIn))]);

function namesIn(item: string): string[] {
  return [...item.matchAll(/\s*(?:"((?:[^"]|"")+)"\s*(?=,|$)|([^,]+))/g)]
    .map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
    .filter((name) => name !== '');
}

/** One name, perhaps with a value: `train=0.7`, `train`. */
export interface Share {
  readonly name: string;
  readonly value: string | undefined;
}

/** Names with or without values, separated by commas; or a map of them. */
export const shares = z.union([
  z
    .record(text, z.union([z.string(), z.number()]))
    .transform((map): Share[] => Object.entries(map).map(([name, value]) => ({ name, value: String(value) }))),
  list.transform((items): Share[] =>
    items
      .flatMap((item) => item.split(','))
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => {
        const at = item.indexOf('=');
        return at < 0
          ? { name: item, value: undefined }
          : { name: item.slice(0, at).trim(), value: item.slice(at + 1).trim() };
      }),
  ),
]);

/** `column=value,value`. */
export const columnAndValues = text.transform((given, context) => {
  const at = given.indexOf('=');
  const values = given
    .slice(at + 1)
    .split(',')
    .map((value) => value.trim());
  if (at > 0 && values.every((value) => value !== '')) return { column: given.slice(0, at).trim(), values };
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** `key=value` texts, or a map of texts, numbers and booleans; puts out a map of texts. */
export const textMap = z
  .union([z.record(text, scalar), pairs()])
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])));

/** The same, where YAML's `null` is a word like others. */
export const wordMap = z
  .union([z.record(text, z.union([scalar, z.null()])), pairs()])
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])));

/** `key=value` texts (values stay texts), or a map of any JSON values. */
export const jsonMap = z.union([z.record(text, z.unknown()), pairs()]);

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
  z.record(text, parameterValue),
  pairs().transform((map) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, { value, secret: false }])),
  ),
]);

/** `name=value`, or only the name: then the value is read from TIDEMARK_PARAM_<NAME>. */
export const secretParameters = z
  .union([z.record(text, scalar), pairs(true)])
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
    .record(text, text)
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
  return z.union([text, z.array(text).min(1)]).transform((given, context) => {
    const items = typeof given === 'string' ? [given] : given;
    const found = new Map<string, string | undefined>();
    for (const item of items) {
      const at = item.indexOf('=');
      const key = (at < 0 ? item : item.slice(0, at)).trim();
      if (key === '' || (at < 0 && !bare) || found.has(key)) {
        context.addIssue({ code: 'custom', params: { repeated: found.has(key) ? key : undefined } });
        return z.NEVER;
      }
      found.set(key, at < 0 ? undefined : item.slice(at + 1));
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
