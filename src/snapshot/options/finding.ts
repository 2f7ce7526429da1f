import { invalidRequest } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { maskKeyVariable } from './layers.js';
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
  if (twice !== undefined) throw invalidRequest(`key: "${twice}" is given twice`, 'Look for one key at a time.');
  const maskKey = env[maskKeyVariable] ?? '';
  return { key: Object.fromEntries(pairs), maskKey: maskKey === '' ? undefined : new Secret(maskKey) };
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw invalidRequest(
    `key: ${JSON.stringify(text)} is not allowed (allowed: column=value)`,
    'For example: --key customer_id=42.',
  );
}
