import { namedValue } from './names.js';
import type { Problem } from './problems.js';

/** Numbers of the library that no longer say which number was meant. */
export function inexactNumber(raw: unknown, label: string): Problem | undefined {
  for (const { path, leaf } of leaves(raw)) {
    if (typeof leaf !== 'number' || Number.isSafeInteger(leaf)) continue;
    if (Number.isFinite(leaf) && !Number.isInteger(leaf)) continue;
    const why = Number.isFinite(leaf) ? 'is past 2^53 − 1, where JavaScript rounds whole numbers' : 'is not finite';
    return {
      code: 'request.invalid',
      message: `${label}: the number${place(path)} ${why}`,
      hint: 'Give it as text, such as "9007199254740993".',
    };
  }
  return undefined;
}

/** Texts that are no Unicode: half of a surrogate pair, which the library's caller or an escape in YAML or JSON may give. */
export function illFormedText(raw: unknown, label: string): Problem | undefined {
  for (const { path, leaf } of leaves(raw)) {
    const at = typeof leaf === 'string' ? leaf.search(/\p{Surrogate}/u) : -1;
    if (at < 0) continue;
    return {
      code: 'request.invalid',
      message: `${label}: the text${place(path)} is not Unicode: half of a surrogate pair at position ${at} (counted from 0)`,
      hint: 'Give a text of whole characters.',
    };
  }
  return undefined;
}

/** What stands as items of a map in a text, where keys of `raw` are not. */
export type IsItem = (path: readonly string[]) => boolean;

/** The one name that a map of JavaScript cannot hold like others: as a key, or where an item of a map is given as a text. */
export function unheldName(raw: unknown, label: string, isItem: IsItem): Problem | undefined {
  for (const { path, leaf, isKey } of leaves(raw)) {
    if (typeof leaf !== 'string') continue;
    const unheld = isKey ? leaf === '__proto__' : isItem(path) && namedValue(leaf).name === '__proto__';
    if (!unheld) continue;
    return {
      code: 'request.invalid',
      message: `${label}: the name __proto__ cannot be given`,
      hint: 'Choose another name; of a column, in the query: SELECT "__proto__" AS proto.',
    };
  }
  return undefined;
}

interface Leaf {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  readonly leaf: unknown;
  /** It is a key of the map at the path. */
  readonly isKey: boolean;
}

/** All that a value consists of; keys are leaves too, under the path of their map. */
function* leaves(value: unknown, path: readonly string[] = [], above: readonly unknown[] = []): Generator<Leaf> {
  if (typeof value !== 'object' || value === null) {
    yield { path, leaf: value, isKey: false };
    return;
  }
  // The library may be given an object that holds itself; what is wrong with it is said elsewhere.
  if (above.includes(value)) return;
  for (const [key, item] of Object.entries(value)) {
    yield { path, leaf: key, isKey: true };
    yield* leaves(item, [...path, key], [...above, value]);
  }
}

function place(path: readonly string[]): string {
  return path.length === 0 ? '' : ` at "${path.join('.')}"`;
}
