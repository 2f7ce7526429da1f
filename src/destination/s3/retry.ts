import { networkCodes } from '../../core/network-codes.js';

/** What Node says. */
const passingCodes = new Set([...networkCodes, 'ERR_STREAM_PREMATURE_CLOSE']);
/** What stores say, beside all that has a status of 429, or of 500 and more; a part that was damaged on its way is sent again. */
const passingNames = new Set([
  'TimeoutError',
  'RequestTimeout',
  'SlowDown',
  'OperationAborted',
  'ConditionalRequestConflict',
  'RequestTimeTooSkewed',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
]);

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

/** Whether the same request may succeed when it is made again. */
export function passes(thrown: unknown): boolean {
  const { name = '', code = '', $metadata, cause } = thrown as Failure;
  const status = $metadata?.httpStatusCode ?? 0;
  if (status === 429 || (status >= 500 && status !== 501 && status !== 507)) return true;
  return passingCodes.has(code) || passingNames.has(name) || (cause instanceof Error && passes(cause));
}
