import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import { passes } from './retry.js';

/** What the SDK throws: an answer of the store, or what kept it from coming. */
interface Refusal extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

interface Reason {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
}

const credentials =
  "They are looked for as Amazon's tools do: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a web identity, the role of the container or machine.";

/** By the name of the store's or the SDK's error. */
const reasons: Readonly<Record<string, Reason>> = {
  CredentialsProviderError: { code: 'destination.denied', says: 'no credentials were found', hint: credentials },
  ExpiredToken: {
    code: 'destination.denied',
    says: 'the credentials have expired',
    hint: `Get new ones, and run again. ${credentials}`,
  },
  InvalidAccessKeyId: {
    code: 'destination.denied',
    says: 'the store does not know the access key',
    hint: `Check which credentials are meant. ${credentials}`,
  },
  SignatureDoesNotMatch: {
    code: 'destination.denied',
    says: 'the secret key is not the one of the access key',
    hint: 'Check AWS_SECRET_ACCESS_KEY; of other stores region and endpoint, too.',
  },
  NoSuchBucket: {
    code: 'destination.denied',
    says: 'there is no such bucket',
    hint: "Make the bucket, or check its name and, for stores that are not Amazon's, ?endpoint=….",
  },
  PermanentRedirect: {
    code: 'destination.denied',
    says: 'the bucket is in another region',
    hint: 'Give its region: ?region=… behind the location, or AWS_REGION.',
  },
  NotImplemented: {
    code: 'destination.io',
    says: 'the store does not know what was asked of it (NotImplemented)',
    hint: 'Needed are uploads in parts and conditional writes: docs/destinations/s3.md lists stores that have both.',
  },
  RequestTimeTooSkewed: {
    code: 'destination.denied',
    says: 'the clock of this machine is too far from that of the store',
    hint: 'Set the clock.',
  },
  KeyTooLongError: {
    code: 'destination.denied',
    says: 'the name is longer than stores take',
    hint: 'Choose shorter names for the prefix, the dataset, the version and the shards.',
  },
  QuotaExceeded: { code: 'destination.full', says: 'the quota is used up', hint: 'Ask for more, or write elsewhere.' },
};

const denied: Reason = {
  code: 'destination.denied',
  says: 'access was denied',
  hint: 'Give this identity the permissions of docs/destinations/s3.md for the bucket and the prefix.',
};

const byStatus: Readonly<Record<number, Reason>> = {
  301: reasons['PermanentRedirect']!,
  307: {
    code: 'destination.denied',
    says: 'the store sends on to another address, and credentials are not sent there',
    hint: 'Give the address itself: ?endpoint=… behind the location.',
  },
  401: denied,
  403: denied,
  507: { code: 'destination.full', says: 'the store is full', hint: 'Make room there, or write elsewhere.' },
};

/** What the SDK threw, as one of the destination's errors. `doing` completes "cannot …". */
export function s3Failure(thrown: unknown, doing: string, where: string): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  if (!(thrown instanceof Error)) return TidemarkError.from(thrown);
  const { name, message, code, $metadata } = thrown as Refusal;
  const region = $metadata?.headers?.['x-amz-bucket-region'];
  const reason = reasons[name] ?? byStatus[$metadata?.httpStatusCode ?? 0];
  if (reason !== undefined) {
    const detail =
      region !== undefined && reason === reasons['PermanentRedirect']
        ? `, ${region}`
        : name === 'CredentialsProviderError'
          ? `: ${inOneLine(message)}`
          : '';
    return new TidemarkError(reason.code, `cannot ${doing} ${where}: ${reason.says}${detail}`, {
      hint: reason.hint,
      cause: thrown,
    });
  }
  if (/region is missing/i.test(message)) {
    return new TidemarkError('destination.denied', `cannot ${doing} ${where}: the region of the bucket is not known`, {
      hint: 'Give it: ?region=… behind the location, or AWS_REGION.',
      cause: thrown,
    });
  }
  const text = inOneLine(message);
  return new TidemarkError('destination.io', `cannot ${doing} ${where}: ${text || name}${code ? ` (${code})` : ''}`, {
    hint: connectionHint(code),
    cause: thrown,
    retryable: passes(thrown),
  });
}

function connectionHint(code = ''): string {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return 'Give the authority that signed the certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem.';
  // What Node says where the other side does not speak TLS.
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'The two sides cannot agree on TLS. Look whether the endpoint is one of http:// rather than https://.';
  return 'Look whether the store can be reached from here, then run again.';
}

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
