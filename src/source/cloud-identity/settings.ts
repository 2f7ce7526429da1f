import { invalidRequest, type TidemarkError } from '../../core/errors.js';
import { type GivenValue, told } from '../../core/given-value.js';
import { isThisMachine } from '../this-machine.js';

/** Whose identity logs in, in place of a password. Plain data: threads that connect make their tokens themselves. */
export type CloudIdentity = { readonly kind: 'aws'; readonly region: string } | { readonly kind: 'google' };

/** What was said of it. */
export interface GivenIdentity {
  readonly auth?: GivenValue | undefined;
  readonly region?: GivenValue | undefined;
  readonly password?: GivenValue | undefined;
}

const words = ['iam', 'aws-iam', 'google-iam'];

/** `name.id.eu-west-1.rds.amazonaws.com`; in China `name.id.rds.cn-north-1.amazonaws.com.cn`, too. */
const rdsHost =
  /\.(?:(?<before>[a-z]{2}(?:-[a-z]+)+-\d)\.rds|rds\.(?<after>[a-z]{2}(?:-[a-z]+)+-\d)|rds)\.amazonaws\.com(?:\.cn)?$/i;

/**
 * The identity that logs in at a host; undefined: a password does.
 * @throws request.invalid for words that are not known, for a password beside it, and where the cloud or its region is not clear
 */
export function cloudIdentityOf(
  host: string,
  { auth, region, password }: GivenIdentity,
  env: Readonly<Record<string, string | undefined>>,
): CloudIdentity | undefined {
  if (auth === undefined) {
    if (region === undefined) return undefined;
    throw invalidRequest(`region: ${told(region)} goes with auth=aws-iam`, 'Add auth=aws-iam, or leave region out.');
  }
  const word = auth.value.toLowerCase();
  if (!words.includes(word))
    throw invalidRequest(
      `auth: ${told(auth)} is not allowed; allowed is ${words.join(', ')}`,
      `Change ${auth.origin}.`,
    );
  if (password !== undefined)
    throw invalidRequest(
      `auth: ${told(auth)} says that a cloud's identity logs in, and ${password.origin} gives a password as well`,
      'Leave one of the two out.',
    );
  const ofRds = rdsHost.exec(host);
  if (word === 'google-iam') {
    if (region === undefined) return { kind: 'google' };
    throw invalidRequest(`region: ${told(region)} is for auth=aws-iam alone`, 'Leave it out.');
  }
  if (word === 'iam' && ofRds === null)
    throw invalidRequest(
      `auth: ${told(auth)} does not say which cloud is meant, and the host is none of Amazon's (….rds.amazonaws.com)`,
      'Write auth=aws-iam for RDS and Aurora, or auth=google-iam for Cloud SQL.',
    );
  const { before, after } = ofRds?.groups ?? {};
  const here = region?.value ?? before ?? after ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  if (here) return { kind: 'aws', region: here.toLowerCase() };
  throw invalidRequest(
    'region: nothing says in which region of AWS the database is',
    'Give region=eu-west-1 in the URL, the name of its RDS endpoint as the host, or AWS_REGION.',
  );
}

/**
 * Whether a token may go to this host unencrypted: on this machine Cloud SQL's Auth Proxy may stand, which encrypts. Amazon has no
 * such proxy, and its tokens are for the name of the server itself.
 */
export function mayGoPlain({ kind }: CloudIdentity, host: string): boolean {
  return kind === 'google' && (host.startsWith('/') || isThisMachine(host));
}

/** @param strict the modes that are strong enough, by the names that they have here */
export function tooWeak(name: string, mode: string, strict: readonly string[]): TidemarkError {
  return invalidRequest(
    `${name}: "${mode}" is too weak for auth=…: whoever gets a token can log in with it, so the server is verified first`,
    `Use ${strict.join(' or ')}, or leave ${name} out. To Cloud SQL's Auth Proxy on this machine (127.0.0.1) any mode will do.`,
  );
}
