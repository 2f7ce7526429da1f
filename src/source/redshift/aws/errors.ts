import { type ErrorCode, TidemarkError } from '../../../core/errors.js';
import { networkCodes } from '../../../core/network-codes.js';

/** What Amazon's clients throw. */
interface Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly errors?: readonly unknown[];
}

/** Asked of AWS, with the permission that it takes. */
export interface Asked {
  /** Completes "cannot …". */
  readonly doing: string;
  /** The actions of IAM. */
  readonly actions: readonly string[];
}

const page = 'docs/databases/redshift.md';

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: true;
}

const noCredentials: Meaning = {
  code: 'source.auth',
  hint: `No identity was found: not in AWS_ACCESS_KEY_ID, in no profile, web identity or container, and no role is attached to the machine. Attach one with the policy in ${page}, or set RSPASSWORD.`,
};
const expired: Meaning = {
  code: 'source.auth',
  hint: 'The credentials have expired. Those of roles are renewed by themselves; others are to be made anew.',
};
const badKey: Meaning = { code: 'source.auth', hint: 'AWS does not know the key, or its secret is another one.' };
const busy: Meaning = { code: 'source.unreachable', hint: 'AWS is busy. Run again later.', retryable: true };

/** By the names of AWS's errors. */
const byName: Readonly<Record<string, Meaning>> = {
  CredentialsProviderError: noCredentials,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: { code: 'source.auth', hint: 'This machine’s clock is wrong.' },
  InvalidClientTokenId: badKey,
  UnrecognizedClientException: badKey,
  SignatureDoesNotMatch: badKey,
  IncompleteSignature: badKey,
  Throttling: busy,
  ThrottlingException: busy,
  RequestLimitExceeded: busy,
  ServiceUnavailable: busy,
  InternalFailure: busy,
  InternalServerException: busy,
};

const denied = ({ actions }: Asked): Meaning => ({
  code: 'source.permission',
  hint: `Allow ${actions.join(', ')} to this identity; the whole policy is in ${page}.`,
});

const deniedNames = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'];

/** Whether the place that was asked about is not there. */
export const isNotThere = (thrown: unknown): boolean =>
  ['ClusterNotFound', 'ClusterNotFoundFault', 'ResourceNotFoundException'].includes((thrown as Failure).name);

/** Whether the identity may not ask. */
export const isDenied = (thrown: unknown): boolean => deniedNames.includes((thrown as Failure).name);

/** Whether the same request may succeed when it is made again. */
export const passes = (thrown: unknown): boolean => meaningOf(thrown as Failure, noActions).retryable ?? false;

const noActions: Asked = { doing: '', actions: [] };

/** What was thrown, as one of the source's errors. @param identity for people; undefined: none was found */
export function awsFailure(thrown: unknown, asked: Asked, identity: string | undefined): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const failure = thrown as Failure;
  const { code, hint, retryable = false } = meaningOf(failure, asked);
  const who = identity === undefined ? '' : ` as ${identity}`;
  const said = failure.message.replace(/\s+/g, ' ').trim() || failure.name;
  return new TidemarkError(code, `cannot ${asked.doing}${who}: ${said}`, { hint, retryable, cause: thrown });
}

function meaningOf(failure: Failure, asked: Asked): Meaning {
  const { name, code, $metadata } = failure;
  if (deniedNames.includes(name)) return denied(asked);
  const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (known !== undefined) return known;
  if (isNotThere(failure))
    return {
      code: 'source.not-found',
      hint: 'Check its name and its region: ?region=… in the URL, RSREGION or AWS_REGION.',
    };
  const status = $metadata?.httpStatusCode ?? 0;
  if (status === 429 || status >= 500) return busy;
  const inner = [failure, ...(failure.errors ?? [])].map((one) => (one as Failure).code ?? '');
  if (name === 'TimeoutError' || inner.some((one) => networkCodes.includes(one)) || code === 'ENOTFOUND')
    return {
      code: 'source.unreachable',
      hint: 'AWS is not reached: check the region, the network, a proxy; in a subnet without a way out an interface endpoint for redshift (or redshift-serverless) is needed.',
      retryable: true,
    };
  return { code: 'source.protocol', hint: 'The message is the one of AWS.' };
}
