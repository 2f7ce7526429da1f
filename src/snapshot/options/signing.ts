import { invalidRequest } from '../../core/errors.js';
import { type SigningKey, signingKey } from '../../manifest/signature.js';
import { signingKeyVariable } from '../../core/variables.js';
import type { OptionContext } from './read.js';
import type { OptionValues } from './table.js';

/** The key that signs the versions of a run; undefined: nobody does. @throws request.invalid where there is none that can */
export function resolveSigningKey({ sign }: OptionValues, env: OptionContext['env']): SigningKey | undefined {
  if (sign !== true) return undefined;
  const text = env[signingKeyVariable] ?? '';
  try {
    if (text === '') throw new Error('is not set');
    return signingKey(text);
  } catch (thrown) {
    throw invalidRequest(
      `sign: ${signingKeyVariable} ${(thrown as Error).message}`,
      'Set it to an Ed25519 private key as PEM (PKCS #8), kept as a secret: openssl genpkey -algorithm ed25519',
    );
  }
}
