import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { TidemarkError } from '../core/errors.js';

// The package is CommonJS, but its types describe an ES module: what arrives is the function itself.
const serialize = canonicalize as unknown as (value: unknown) => string | undefined;

/**
 * The canonical JSON of a value, by RFC 8785: keys sorted by UTF-16 code units, no white space, the shortest number that
 * reads back the same. Integers past ±(2^53 − 1), bigint or not, are written as text, since most JSON readers would round
 * them. Keys whose value is undefined are left out.
 *
 * @throws request.invalid for text that is not Unicode (a lone surrogate), NaN, infinities, functions: JSON has no form for them
 */
export function canonicalJson(value: unknown): string {
  return serialize(exact(value))!;
}

/**
 * Refuses what was not written as canonical JSON by {@link canonicalJson}: large integers are no numbers there, and `1e300` of five bytes would
 * be a text of 301.
 * @throws request.invalid for these, and as {@link canonicalJson} does
 */
export function assertCanonical(value: unknown): void {
  exact(value, { depth: 0, isWritten: true });
}

/** The sha-256 of bytes, or of a text's UTF-8 bytes, as lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Deeper than anything that a manifest says, and shallow enough for every reader of JSON. */
const mostNesting = 100;

interface Where {
  readonly depth: number;
  /** It was read, and is as it was written. */
  readonly isWritten: boolean;
}

const outermost: Where = { depth: 0, isWritten: false };
const within = ({ depth, isWritten }: Where): Where => ({ depth: depth + 1, isWritten });

function exact(value: unknown, where = outermost): unknown {
  const { depth, isWritten } = where;
  if (depth > mostNesting) throw notJson(`what is nested deeper than ${mostNesting} levels`, 'Give fewer levels.');
  switch (typeof value) {
    case 'bigint':
      return isSafe(value) ? Number(value) : value.toString();
    case 'number':
      if (!Number.isFinite(value)) throw notJson(`the number ${value}`);
      if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
      if (isWritten) throw notJson(`the number ${value}`);
      return BigInt(value).toString();
    case 'string':
      return unicode(value);
    case 'object':
      if (value === null) return null;
      if (value instanceof Date) return instant(value);
      return Array.isArray(value) ? exactList(value, within(where)) : exactObject(value, within(where));
    case 'function':
    case 'symbol':
      throw notJson(`a ${typeof value}`);
    default:
      return value;
  }
}

/** The list itself where there is nothing to change: a manifest may have a million values. */
function exactList(list: readonly unknown[], where: Where): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = exact(list[i], where);
    if (item !== list[i]) changed ??= list.slice(0, i);
    changed?.push(item);
  }
  return changed ?? list;
}

function exactObject(value: object, where: Where): object {
  const changed: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    const told = exact(item, where);
    unicode(key);
    if (told !== item || item === undefined) changed.push([key, told]);
  }
  if (changed.length === 0) return value;
  const entries = Object.entries({ ...value, ...Object.fromEntries(changed) });
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function instant(value: Date): string {
  if (Number.isNaN(value.getTime())) throw notJson('a date that is none');
  return value.toISOString();
}

function isSafe(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
}

function unicode(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw notJson(`the text ${JSON.stringify(text)}`);
  return text;
}

function notJson(what: string, hint = 'Write it as a text of valid Unicode characters.'): TidemarkError {
  return new TidemarkError('request.invalid', `${what} cannot stand in JSON`, {
    hint,
  });
}
