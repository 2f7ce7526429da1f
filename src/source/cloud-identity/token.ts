import type { Secret } from '../../core/secret.js';
import { rdsToken } from './aws/token.js';
import { googleToken } from './google/token.js';
import type { CloudIdentity } from './settings.js';

/** Where a token logs in, and as whom. */
export interface CloudLogin {
  readonly identity: CloudIdentity;
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/**
 * A token in place of a password, made afresh whenever it is called: it is good for minutes, and a run takes hours.
 * @throws source.auth, source.unreachable, source.unsupported
 */
export function newToken({ identity, ...login }: CloudLogin): Promise<Secret> {
  return identity.kind === 'google' ? googleToken() : rdsToken({ ...login, region: identity.region });
}
