import { createHash } from 'node:crypto';
import { ownValue } from '../../../core/own-value.js';
import type { Definitions } from '../definitions/watch.js';

/**
 * What may change between two moments without changing a value that was read: relations are looked at apart, with their
 * columns and files, and rules of tables are about writing. Row types are not: a field that is dropped and made again is NULL in
 * rows that nobody wrote.
 */
const lookedAtApart: ReadonlySet<string> = new Set(['relation', 'columns', 'children', 'rule']);

/** What is new of these kinds changes which rows are seen; a new label or type, or a new column's, changes no row that was there. */
const countsWhenNew: ReadonlySet<string> = new Set(['policy', 'role']);

/** Hashes by what they are of: `label 16412 'new' of public.state`. */
export function hashesOf(definitions: Definitions): Readonly<Record<string, string>> {
  const counting = [...definitions.values()].filter(({ kind }) => !lookedAtApart.has(kind));
  return Object.fromEntries(
    counting
      .map(({ kind, id, name, hash }) => [`${kind} ${id}`, shortHash(`${name}\n${hash}`)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Names of what is not as it was, for people. */
export function changedDefinitions(before: Readonly<Record<string, string>>, now: Definitions): string[] {
  const hashes = hashesOf(now);
  const named = (key: string, what: 'another one' | 'new'): string => {
    const found = [...now.values()].find((one) => `${one.kind} ${one.id}` === key);
    return found === undefined ? `a ${kindOf(key)} is gone` : `${kindOf(key)} ${found.name} is ${what}`;
  };
  const changed = Object.keys(before).filter((key) => ownValue(hashes, key) !== before[key]);
  const more = Object.keys(hashes).filter(
    (key) => ownValue(before, key) === undefined && countsWhenNew.has(kindOf(key)),
  );
  return [...changed.map((key) => named(key, 'another one')), ...more.map((key) => named(key, 'new'))];
}

/** The kind in a key, which an id ends. */
const kindOf = (key: string): string => key.replace(/ \d+$/, '');

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
