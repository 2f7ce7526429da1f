import { columnFlag, optionName } from '../../core/option-name.js';
import { invalidRequest } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import type { Mask } from '../../core/types.js';
import type { Plan } from '../plan.js';
import { maskKeyVariable } from '../../core/variables.js';
import { namedValue, pairsIn } from './names.js';
import type { OptionContext } from './read.js';
import type { OptionValues } from './table.js';
import type { AskedTable } from './tables.js';

/** Bytes that a key has at least: fewer could be tried out. */
const leastKey = 16;
const kinds: readonly string[] = ['hash', 'redact', 'null', 'year'] satisfies Mask[];

/**
 * What is masked, and the key of hashes.
 * @throws request.invalid for a mask that there is not, and where a key is missing or too short
 */
export function resolveMasks(
  { mask = {} }: OptionValues,
  tables: readonly AskedTable[],
  env: OptionContext['env'],
): Plan['masks'] {
  const all = [mask, ...tables.map(({ own }) => own.mask ?? {})].flatMap((columns) => Object.entries(columns));
  for (const [column, kind] of all) {
    if (kinds.includes(kind)) continue;
    throw invalidRequest(
      `mask: ${column}=${kind} is not a mask (allowed: ${kinds.join(', ')})`,
      maskHint(column, kind),
    );
  }
  const columns = mask as Readonly<Record<string, Mask>>;
  const hashed = all.filter(([, kind]) => kind === 'hash').map(([column]) => column);
  if (hashed.length === 0) return { columns, key: undefined };
  const key = env[maskKeyVariable] ?? '';
  if (Buffer.byteLength(key) >= leastKey) return { columns, key: new Secret(key) };
  const what = key === '' ? 'is not set' : `has fewer than ${leastKey} bytes`;
  throw invalidRequest(
    `mask: ${hashed.join(', ')} by a hash needs a key, and ${maskKeyVariable} ${what}`,
    `Set it to a secret of your own, the same for all versions that go together: openssl rand -hex 32`,
  );
}

/** Several in one text are not told apart from a name with commas. */
function maskHint(column: string, kind: string): string {
  const several = pairsIn(`${optionName(column)}=${kind}`).map(namedValue);
  if (several.length === 1) return `For example: ${columnFlag('mask', column, 'hash')}.`;
  const flags = several.map(({ name, value = '' }) => columnFlag('mask', name, value));
  return `Repeat the flag for each column: ${flags.join(' ')}`;
}
