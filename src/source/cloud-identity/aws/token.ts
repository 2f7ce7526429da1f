import type * as RdsSigner from '@aws-sdk/rds-signer';
import { TidemarkError } from '../../../core/errors.js';
import { networkCodes } from '../../../core/network-codes.js';
import { Secret } from '../../../core/secret.js';
import { optionalPackage } from '../../optional-package.js';
import { identityText } from './identity-text.js';

/** Where a token logs in, and as whom. The host is part of what is signed: it has to be the name that RDS gave. */
interface RdsLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string;
}

/**
 * A token for one login, signed on this machine by the identity that Amazon's chain finds; it is good for 15 minutes.
 * @throws source.auth, source.unreachable; source.unsupported where the signer is not installed
 */
export async function rdsToken(login: RdsLogin): Promise<Secret> {
  const signer = await signerOf(login);
  try {
    return new Secret(await signer.getAuthToken());
  } catch (thrown) {
    throw tokenFailure(thrown);
  }
}

/** Which identity signs, for people. Never throws: it is asked when something else has gone wrong. */
export async function rdsIdentity(login: RdsLogin): Promise<string> {
  // The signer tells nobody what its chain has found, and the chain is no package of ours.
  const { credentials } = (await signerOf(login)) as unknown as { readonly credentials?: () => Promise<object> };
  try {
    return await identityText(await credentials!(), process.env);
  } catch {
    return 'the identity of this machine';
  }
}

async function signerOf({ host, port, user, region }: RdsLogin): Promise<RdsSigner.Signer> {
  // What Node can run is said in the package, and needs no line on stderr from every run.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { Signer } = await load();
  return new Signer({ hostname: host, port, username: user, region });
}

const load = (): Promise<typeof RdsSigner> =>
  optionalPackage(() => import('@aws-sdk/rds-signer'), {
    message: "Amazon's signer of database logins is not installed",
    hint: 'npm install @aws-sdk/rds-signer; or log in by a password.',
  });

/** What Amazon's chain throws. */
interface Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function tokenFailure(thrown: unknown): TidemarkError {
  const { name, message, code = '', $metadata } = thrown as Failure;
  const said = `cannot make a token of AWS: ${message.replace(/\s+/g, ' ').trim() || name}`;
  const status = $metadata?.httpStatusCode ?? 0;
  if (name === 'TimeoutError' || networkCodes.includes(code) || status === 429 || status >= 500)
    return new TidemarkError('source.unreachable', said, {
      hint: 'The service that gives out credentials is not reached, or is busy: check the network, and run again.',
      retryable: true,
      cause: thrown,
    });
  const hint =
    name === 'CredentialsProviderError'
      ? 'No identity was found: not in AWS_ACCESS_KEY_ID, in no profile, web identity or container, and no role is attached to the machine. Attach one, or log in by a password.'
      : 'The message is the one of AWS; `aws sts get-caller-identity` shows the same.';
  return new TidemarkError('source.auth', said, { hint, cause: thrown });
}
