import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { invalidRequest } from '../../../../core/errors.js';
import { Secret } from '../../../../core/secret.js';
import type { GivenSetting } from './given.js';

/**
 * A private key from a file or a variable: PEM, with or without its header lines, encrypted or not.
 * @returns it unencrypted, PKCS #8 in PEM
 * @throws request.invalid; nothing of the key is shown
 */
export function privateKeyOf(
  given: { readonly text?: GivenSetting; readonly file?: GivenSetting },
  passphrase: GivenSetting | undefined,
): Secret {
  const { origin } = (given.text ?? given.file)!;
  const text = given.text?.value ?? fileOf(given.file!);
  const key = parsed(text, { origin, passphrase });
  if (key.asymmetricKeyType !== 'rsa')
    throw invalidRequest(`${origin}: the key is ${key.asymmetricKeyType}, and Snowflake takes RSA`, howToMakeOne);
  return new Secret(key.export({ format: 'pem', type: 'pkcs8' }) as string);
}

const howToMakeOne =
  'openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes-256-cbc -out rsa_key.p8 makes one; docs/databases/snowflake.md.';

function fileOf({ value, origin }: GivenSetting): string {
  try {
    return readFileSync(value, 'utf8');
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    throw invalidRequest(`${origin}: ${value} cannot be read (${code})`, 'Give the path of a private key in PEM.');
  }
}

function parsed(
  text: string,
  { origin, passphrase }: { readonly origin: string; readonly passphrase: GivenSetting | undefined },
): KeyObject {
  const forms = formsOf(text);
  for (const pem of forms) {
    try {
      return createPrivateKey({ key: pem, ...(passphrase && { passphrase: passphrase.value }) });
    } catch {
      // Another form, or told below.
    }
  }
  const isEncrypted = forms.some(needsPassphrase);
  if (isEncrypted && passphrase === undefined)
    throw invalidRequest(
      `${origin}: the key is encrypted, and there is no passphrase`,
      'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE has it.',
    );
  if (isEncrypted)
    throw invalidRequest(`${origin}: ${passphrase!.origin} does not open the key`, 'Give the passphrase of this key.');
  throw invalidRequest(`${origin}: that is no private key in PEM`, howToMakeOne);
}

/** Line breaks may stand as `\n` in a variable; a key without header lines may be encrypted or not. */
function formsOf(text: string): readonly string[] {
  const lines = text.replaceAll('\\n', '\n').trim();
  if (lines.startsWith('-----')) return [lines];
  const body = lines.replace(/\s+/g, '').replace(/.{64}/g, '$&\n').trim();
  return ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY'].map(
    (kind) => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`,
  );
}

/** OpenSSL says that it asked, and was told nothing; an empty passphrase would open some keys as it were, to find nonsense. */
function needsPassphrase(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return false;
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    return code === 'ERR_MISSING_PASSPHRASE' || code === 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED';
  }
}
