import type { Parameter } from '../../core/source-request.js';
import { Secret, tellingLength } from '../../core/secret.js';
import { secretVariables } from '../../source/registry.js';
import { secretKeyVariables } from '../../core/variables.js';
import type { Problem } from './problems.js';
import type { OptionContext } from './read.js';

/** A URL with a password in it, whatever it is of. */
const login = /[a-z][a-z0-9+.-]+:\/\/[^\s/?#:@]*:[^\s/?#@]+@/i;

/**
 * What is wrong with texts that the manifest and the platform's metadata will tell, because a secret stands in them.
 * @param told by option
 */
export function toldSecrets(
  told: Readonly<Record<string, unknown>>,
  parameters: readonly Parameter[],
  env: OptionContext['env'],
): Problem[] {
  const secrets = [
    ...parameters.flatMap(({ value }) => (value instanceof Secret ? [value.reveal()] : [])),
    ...[...secretVariables, ...secretKeyVariables].map((name) => env[name] ?? ''),
  ].filter((secret) => secret.length >= tellingLength);
  const tells = (text: string): boolean => login.test(text) || secrets.some((secret) => text.includes(secret));
  return Object.entries(told)
    .filter(([, value]) => textsIn(value).some(tells))
    .map(([key]) => ({
      code: 'request.invalid',
      message: `${key}: a secret stands in it, and it would be written into the manifest and the metadata`,
      hint: 'Leave it out: whoever may read the version could read it.',
    }));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
