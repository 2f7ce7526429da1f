import { invalidRequest } from '../../core/errors.js';
import { quotedName } from '../../core/option-name.js';
import { Secret } from '../../core/secret.js';
import { maskKeyVariable } from '../../core/variables.js';
import { namedValue } from './names.js';
import { shown } from './problems.js';
import type { OptionContext } from './read.js';

/** A key that rows are looked for by: values as text, by column. */
export type KeyValues = Readonly<Record<string, string>>;

/**
 * Decides what is looked for.
 * @param given `column=value`, or values by column
 * @throws request.invalid
 */
export function resolveFind(
  given: readonly string[] | KeyValues | undefined,
  env: OptionContext['env'],
): { readonly key: KeyValues; readonly maskKey: Secret | undefined } {
  const pairs = Array.isArray(given) ? (given as readonly string[]).map(pairOf) : Object.entries(given ?? {});
  if (pairs.length === 0)
    throw invalidRequest('key: nothing is looked for: it is missing', 'For example: --key customer_id=42.');
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalidRequest(`key: ${quotedName(twice)} is given twice`, 'Look for one key at a time.');
  const maskKey = env[maskKeyVariable] ?? '';
  return { key: Object.fromEntries(pairs), maskKey: maskKey === '' ? undefined : new Secret(maskKey) };
}

const isOpenName = (text: string): boolean => text.startsWith('"') && !/^"(?:[^"]|"")+"\s*=/.test(text);

/** The name may stand in quotation marks. */
function pairOf(text: string): readonly [string, string] {
  if (isOpenName(text))
    throw invalidRequest(
      `key: ${shown(text)} is not allowed: the quotation mark of its name does not end`,
      'A name stands in two quotation marks, and those in it are doubled: --key \'"a=b"=42\'.',
    );
  const { name, value } = namedValue(text);
  if (name !== '' && value !== undefined) return [name, value];
  throw invalidRequest(
    `key: ${shown(text)} is not allowed (allowed: column=value)`,
    'For example: --key customer_id=42; a name with = in it stands in quotation marks: --key \'"a=b"=42\'.',
  );
}
