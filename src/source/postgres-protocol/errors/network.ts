import { type ErrorCode, TidemarkError } from '../../../core/errors.js';
import type { ErrorContext } from './context.js';

interface Failure {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const tlsVerification =
  'Give the authority that signed the certificate: sslrootcert=/path/ca.pem (or PGSSLROOTCERT); a managed database offers its file for download.';

/** By the `code` of errors of Node's sockets and TLS. */
const failures: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: {
    code: 'source.unreachable',
    says: 'nothing listens there',
    hint: 'Check host and port, and that the server runs.',
    retryable: true,
  },
  ENOENT: {
    code: 'source.unreachable',
    says: 'there is no such unix socket',
    hint: 'Check the folder (host=/…) and the port; the file is called .s.PGSQL.<port>.',
  },
  EACCES: { code: 'source.unreachable', says: 'no permission for the unix socket', hint: 'Check its folder.' },
  ENOTFOUND: { code: 'source.unreachable', says: 'the host name is unknown', hint: 'Check the host, and DNS or VPN.' },
  EAI_AGAIN: {
    code: 'source.unreachable',
    says: 'the host name cannot be looked up now',
    hint: 'Check DNS or VPN.',
    retryable: true,
  },
  ETIMEDOUT: {
    code: 'source.unreachable',
    says: 'no answer in time',
    hint: 'A firewall or security group may drop the packets; connect_timeout says how long to wait.',
    retryable: true,
  },
  EHOSTUNREACH: {
    code: 'source.unreachable',
    says: 'no route to the host',
    hint: 'Check the network.',
    retryable: true,
  },
  ENETUNREACH: {
    code: 'source.unreachable',
    says: 'no route to the network',
    hint: 'Check the network.',
    retryable: true,
  },
  ECONNRESET: { code: 'source.lost', says: 'the connection broke', hint: 'Run again.', retryable: true },
  EPIPE: { code: 'source.lost', says: 'the connection broke', hint: 'Run again.', retryable: true },
  ERR_STRING_TOO_LONG: {
    code: 'source.unsupported',
    says: 'a value is of more than 512 MiB of text, and the cursor takes no longer ones',
    hint: 'Read by COPY, which takes what the server can send: leave --via cursor out.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    code: 'source.tls',
    says: 'the server certificate comes from an authority that is not trusted',
    hint: tlsVerification,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    code: 'source.tls',
    says: 'the server certificate is self-signed',
    hint: tlsVerification,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: 'source.tls',
    says: 'the server certificate cannot be verified: its authority is not known',
    hint: tlsVerification,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: 'source.tls',
    says: 'the server certificate cannot be verified: its authority is not known',
    hint: tlsVerification,
  },
  CERT_HAS_EXPIRED: {
    code: 'source.tls',
    says: 'the server certificate has expired',
    hint: 'The server needs a new one.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'source.tls',
    says: 'the server certificate is for another host name',
    hint: 'Use the host name that stands in the certificate; sslmode=verify-ca accepts any name of a trusted authority.',
  },
};

const tlsRefused: Failure = {
  code: 'source.tls',
  says: 'the server does not speak TLS',
  hint: 'Remote hosts need TLS by default. Turn it on in the server (ssl = on); sslmode=disable sends everything unencrypted.',
};

/** An error of the network, of TLS, or of pg itself, as a TidemarkError. */
export function connectionFailure(error: unknown, context: ErrorContext): TidemarkError {
  const { code, text } = codeAndText(error);
  const failure = failures[code] ?? byText(code, text, context);
  const place = context.host === undefined ? '' : ` ${placeOf(context.host)}`;
  const doing = context.doing === undefined ? '' : `${context.doing}${place}: `;
  return new TidemarkError(failure.code, `${doing}${failure.says}`, {
    cause: Object.assign(new Error(text), { code }),
    hint: failure.hint,
    retryable: failure.retryable ?? false,
  });
}

function placeOf({ host, port }: { host: string; port: number }): string {
  return host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A host name with several addresses gives an AggregateError without a message: its first error counts. */
function codeAndText(error: unknown): { code: string; text: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return codeAndText(error.errors[0]);
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, text };
}

function byText(code: string, text: string, context: ErrorContext): Failure {
  if (text === 'timeout expired') {
    return { ...failures['ETIMEDOUT']!, says: `no answer within ${(context.timeout ?? 0) / 1000} s (connect_timeout)` };
  }
  if (text.includes('does not support SSL')) return tlsRefused;
  if (
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_OSSL') ||
    code.startsWith('ERR_TLS') ||
    /certificate/.test(text)
  ) {
    return { code: 'source.tls', says: `TLS failed: ${text}`, hint: 'Check sslmode, sslrootcert, sslcert and sslkey.' };
  }
  if (text.includes('SASL') || text.includes('SCRAM')) {
    return { code: 'source.auth', says: `the log-in failed: ${text}`, hint: 'Check user and password.' };
  }
  // The client says it in several ways: as it happens, and to whoever asks it something afterwards.
  if (/^Connection terminated|is not queryable$|SSL connection/.test(text)) {
    return { ...failures['ECONNRESET']!, says: 'the server closed the connection' };
  }
  return { code: 'source.lost', says: text, hint: 'Run again; if it happens again, report it with this text.' };
}
