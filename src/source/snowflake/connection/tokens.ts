import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TidemarkError } from '../../../core/errors.js';
import type { SnowflakeSettings, TokenOrigin } from './settings/shape.js';

/** What says to the SQL API who asks (REST reference, "Authenticating to the server"). */
export interface ApiToken {
  readonly token: string;
  readonly type: 'KEYPAIR_JWT' | 'OAUTH' | 'PROGRAMMATIC_ACCESS_TOKEN';
}

/** Seconds; the service takes an hour at most. */
const lifetime = 3540;

/** Whether the SQL API takes this identity: it takes tokens alone. */
export const hasApiToken = ({ identity }: Pick<SnowflakeSettings, 'identity'>): boolean =>
  identity.kind === 'key' || identity.kind === 'oauth' || identity.kind === 'pat';

/** A token that lasts a while yet. @throws source.auth */
export function apiToken({ identity, account }: Pick<SnowflakeSettings, 'identity' | 'account'>): ApiToken {
  switch (identity.kind) {
    case 'key':
      return { token: signedToken(account, identity.user, identity.privateKey.reveal()), type: 'KEYPAIR_JWT' };
    case 'oauth':
      return { token: tokenOf(identity.token), type: 'OAUTH' };
    case 'pat':
      return { token: tokenOf(identity.token), type: 'PROGRAMMATIC_ACCESS_TOKEN' };
    default:
      throw new TidemarkError('internal.bug', `the SQL API takes no ${identity.kind}`);
  }
}

/** A token as it is now: files of containers get new ones. @throws source.auth */
export function tokenOf(origin: TokenOrigin): string {
  if ('token' in origin) return origin.token.reveal();
  try {
    return readFileSync(origin.file, 'utf8').trim();
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    throw new TidemarkError('source.auth', `the token in ${origin.file} cannot be read (${code})`, {
      hint: 'It was there when the run began.',
      cause: thrown,
    });
  }
}

/** A token that the key's owner signs. Times are seconds. */
function signedToken(account: string, user: string, privateKey: string): string {
  const key = createPrivateKey(privateKey);
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const subject = `${accountOfToken(account)}.${user.toUpperCase()}`;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `${subject}.SHA256:${createHash('sha256').update(publicKey).digest('base64')}`,
    ...{ sub: subject, iat: now, exp: now + lifetime },
  };
  const [head, body] = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = `${head}.${body}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

/** An account without its region. */
function accountOfToken(account: string): string {
  const [first = ''] = account.includes('.global') ? account.split('-') : account.split('.');
  return first.toUpperCase();
}
