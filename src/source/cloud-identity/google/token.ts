import type { GoogleAuth } from 'google-auth-library';
import { TidemarkError } from '../../../core/errors.js';
import { networkCodes } from '../../../core/network-codes.js';
import { Secret } from '../../../core/secret.js';
import { optionalPackage } from '../../optional-package.js';
import { whoAsks } from './who-asks.js';

/** All that a token of it can do is log in to databases. */
const scopes = ['https://www.googleapis.com/auth/sqlservice.login'];

const nobody =
  'No identity was found: not in GOOGLE_APPLICATION_CREDENTIALS, no login of gcloud (gcloud auth application-default login), and no service account of this machine. Give one, or log in by a password.';

/**
 * A token for logins to Cloud SQL, of the identity that Google's chain finds.
 * @throws source.auth, source.unreachable; source.unsupported where Google's library is not installed
 */
export async function googleToken(): Promise<Secret> {
  const auth = await newAuth();
  try {
    const token = await auth.getAccessToken();
    if (typeof token === 'string' && token !== '') return new Secret(token);
  } catch (thrown) {
    throw tokenFailure(thrown);
  }
  throw new TidemarkError('source.auth', 'cannot get a token of Google Cloud: the answer has none', { hint: nobody });
}

/** Which identity asks, for people. Never throws: it is asked when something else has gone wrong. */
export async function googleIdentity(): Promise<string> {
  try {
    return await whoAsks(await newAuth(), { origin: undefined, nobody });
  } catch {
    return 'the identity of this machine';
  }
}

/** A new one for every token: it keeps the last one, which may have been taken away meanwhile. */
async function newAuth(): Promise<GoogleAuth> {
  const { GoogleAuth: Auth } = await optionalPackage(() => import('google-auth-library'), {
    message: "Google's library for identities is not installed",
    hint: 'npm install google-auth-library; or log in by a password.',
  });
  // A token needs no project; where none is given, the library runs gcloud to find one.
  return new Auth({ scopes, projectId: 'none' });
}

function tokenFailure(thrown: unknown): TidemarkError {
  const { message, code, status = 0 } = thrown as Error & { readonly code?: unknown; readonly status?: number };
  // A copy: the original carries the request, in which secrets stand.
  const cause = Object.assign(new Error(message), { code });
  const said = `cannot get a token of Google Cloud: ${message.replace(/\s+/g, ' ').trim()}`;
  if (networkCodes.includes(String(code)) || status === 429 || status >= 500)
    return new TidemarkError('source.unreachable', said, {
      hint: 'The service that gives out tokens is not reached, or is busy: check the network, and run again.',
      retryable: true,
      cause,
    });
  const hint = message.includes('default credentials')
    ? nobody
    : 'The message is the one of Google; `gcloud auth application-default print-access-token` shows the same.';
  return new TidemarkError('source.auth', said, { hint, cause });
}
