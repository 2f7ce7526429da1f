// A machine's metadata service (IMDSv2): a session token first, then the role and its credentials, which are others whenever they are asked for.
import { randomBytes, randomUUID } from 'node:crypto';
import { type Listening, listen } from './listen.js';

const path = '/latest/meta-data/iam/security-credentials/';

export interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
}

/** @param onMade hears of credentials before they are given out */
export async function startMetadata(
  settings: { readonly lifetimeSeconds: number; readonly role: string; readonly region: string },
  onMade: (made: Credentials) => Promise<void> = () => Promise.resolve(),
): Promise<Listening & { readonly keys: ReadonlyMap<string, Credentials> }> {
  const tokens = new Set<unknown>();
  /** Credentials that were given out, by the id of the key. */
  const keys = new Map<string, Credentials>();
  const server = await listen(async ({ method, url, headers }) => {
    if (method === 'PUT' && url === '/latest/api/token') {
      // Who is not the machine itself comes through a proxy, which says so.
      if (!headers['x-aws-ec2-metadata-token-ttl-seconds'] || headers['x-forwarded-for'])
        return { status: 400, body: '' };
      const token = randomUUID();
      tokens.add(token);
      return { body: token };
    }
    if (!tokens.has(headers['x-aws-ec2-metadata-token'])) return { status: 401, body: 'Unauthorized' };
    if (settings.role === '') return { status: 404, body: '' };
    if (url === path) return { body: settings.role };
    if (url === '/latest/meta-data/placement/region') return { body: settings.region };
    if (url !== path + settings.role) return { status: 404, body: '' };
    const made = {
      ...{ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date().toISOString() },
      AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      SecretAccessKey: `secret-canary-${randomUUID()}`,
      Token: `session-canary-${randomUUID()}`,
      Expiration: new Date(Date.now() + settings.lifetimeSeconds * 1000).toISOString(),
    };
    keys.set(made.AccessKeyId, made);
    await onMade(made);
    return { body: JSON.stringify(made), type: 'application/json' };
  });
  return { ...server, keys };
}
