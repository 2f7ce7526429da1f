import { type ErrorCode, TidemarkError } from '../../../core/errors.js';
import { hideSecrets } from '../../../core/hide-secrets.js';
import type { ErrorContext } from '../../error-context.js';
import { passesOnNetwork } from './network.js';

/** An error of the client's library, or of gRPC. */
interface Failure extends Error {
  /** An HTTP status, a status of gRPC, or a code of Node. */
  readonly code?: number | string;
  readonly details?: string;
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
  readonly response?: { readonly status?: number };
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: true;
}

const busy: Meaning = {
  code: 'source.unreachable',
  hint: 'The service is busy, or a quota is used up. Run again later, or ask for more.',
  retryable: true,
};
const notReached: Meaning = {
  code: 'source.unreachable',
  hint: 'Check the network and proxy: *.googleapis.com must be reached on port 443.',
  retryable: true,
};
const login: Meaning = {
  code: 'source.auth',
  hint: 'Credentials are looked for in this order: keyfile of the URL, GCP_IAM=1 (the machine), GCP_KEYFILE_CONTENTS_JSON, GOOGLE_APPLICATION_CREDENTIALS, gcloud auth application-default login, the machine.',
};
const notFound: Meaning = {
  code: 'source.not-found',
  hint: 'Check project, dataset and table, and the location: a dataset is found in its own location alone.',
};
const wrongSql: Meaning = {
  code: 'source.sql',
  hint: 'The message is the one of BigQuery. Parameters come as texts: CAST(@n AS INT64) makes a number of one.',
};
const noBucket: Meaning = {
  code: 'source.not-found',
  hint: 'Check the bucket of --staging, and that this identity may see it.',
};
const elsewhere: Meaning = {
  code: 'request.invalid',
  hint: 'Files are written where the data is: give --staging a bucket in the same location.',
};
const gone: Meaning = {
  code: 'request.invalid',
  hint: 'Tables can be read as they were in the last seven days, or fewer where the dataset says so, and not before they were made.',
};

/** By the `reason` of errors of the API (BigQuery's "Error messages"). */
const byReason: Readonly<Record<string, Meaning>> = {
  notFound,
  invalidQuery: wrongSql,
  invalid: wrongSql,
  rateLimitExceeded: busy,
  quotaExceeded: busy,
  backendError: busy,
  internalError: busy,
  jobRateLimitExceeded: busy,
  resourcesExceeded: {
    code: 'source.sql',
    hint: 'The query needs more than the service gives a query: make it smaller.',
  },
  billingNotEnabled: { code: 'source.permission', hint: 'Billing is off in the project that pays: billing-project.' },
  bytesBilledLimitExceeded: {
    code: 'request.invalid',
    hint: 'Nothing was billed. Raise --max-bytes-billed, or read fewer columns or partitions.',
  },
};

/** By the status of gRPC. */
const byGrpc: Readonly<Record<number, Meaning>> = {
  3: wrongSql,
  4: busy,
  5: notFound,
  8: busy,
  10: busy,
  13: busy,
  14: busy,
  16: login,
};

/** What each permission is given by. */
const roles: Readonly<Record<string, string>> = {
  'bigquery.jobs.create': 'BigQuery Job User (roles/bigquery.jobUser)',
  'bigquery.readsessions.create': 'BigQuery Read Session User (roles/bigquery.readSessionUser)',
  'bigquery.readsessions.getData': 'BigQuery Read Session User (roles/bigquery.readSessionUser)',
  'bigquery.tables.get': 'BigQuery Data Viewer (roles/bigquery.dataViewer)',
  'bigquery.tables.getData': 'BigQuery Data Viewer (roles/bigquery.dataViewer)',
  ...Object.fromEntries(
    ['create', 'delete', 'get', 'list'].map((one) => [
      `storage.objects.${one}`,
      'Storage Object User (roles/storage.objectUser) on the bucket',
    ]),
  ),
  'iam.serviceAccounts.getAccessToken': 'Service Account Token Creator (roles/iam.serviceAccountTokenCreator)',
};

/** Whether the same request may succeed when it is made again. */
export function passes(thrown: unknown): boolean {
  return thrown instanceof TidemarkError ? thrown.retryable : (meaningOf(thrown as Failure).retryable ?? false);
}

/** Whether nobody answered. */
export const isNotReached = (thrown: unknown): boolean => meaningOf(thrown as Failure) === notReached;

/** What was thrown, as one of the source's errors. */
export function bigqueryFailure(
  thrown: unknown,
  { doing, identity, secrets, hideValues }: ErrorContext,
): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const failure = thrown as Failure;
  const said = hideSecrets(saidBy(failure), secrets);
  const { code, hint, retryable = false } = meaningOf(failure);
  const shown = hideValues && code === 'source.sql' ? 'the service refuses the query' : said;
  return new TidemarkError(code, `cannot ${doing}${identity === undefined ? '' : ` as ${identity}`}: ${shown}`, {
    hint,
    retryable,
    cause: thrown,
  });
}

const beforeTimeTravel = /^Invalid (?:snapshot|time travel)|Cannot read before/;

function saidBy({ details, errors, message }: Failure): string {
  const said = (details ?? errors?.[0]?.message ?? message).replace(/\s+/g, ' ').trim();
  if (beforeTimeTravel.test(said))
    // Moments stand there as milliseconds.
    return said.replace(/(?<=@|before |time )\d{11,14}\b/g, (millis) => new Date(Number(millis)).toISOString());
  // gRPC ends so where it has nothing to say of how a name was resolved.
  return said.replace(/\. Resolution note:$/, '');
}

function meaningOf(failure: Failure): Meaning {
  const { code, errors, details, response, message = '' } = failure;
  const isGrpc = details !== undefined && typeof code === 'number';
  const permission = denied(failure);
  if (permission !== undefined) return permission;
  const said = saidBy(failure);
  if (beforeTimeTravel.test(said)) return gone;
  if (/specified bucket does not exist|^Not found: URI gs:/.test(said)) return noBucket;
  if (/read and write in different locations/.test(said)) return elsewhere;
  if (isGrpc && /^(?:No connection established|Name resolution failed)/.test(details)) return notReached;
  const reason = errors?.[0]?.reason ?? '';
  const found = byReason[reason] ?? (isGrpc ? byGrpc[code] : undefined);
  if (found !== undefined) return found;
  const status = isGrpc ? 0 : Number(response?.status ?? code);
  if (status === 401 || /could not load the default credentials|invalid_grant|unauthorized_client/i.test(message))
    return login;
  if (status === 404) return notFound;
  if (status === 429 || status >= 500) return busy;
  if (passesOnNetwork(failure)) return notReached;
  return { code: 'source.protocol', hint: 'The message is the one of BigQuery or of its client.' };
}

/** A permission that is missing: which one, where, and what grants it. */
function denied(failure: Failure): Meaning | undefined {
  const { code, errors, details } = failure;
  const isDenied =
    /^(?:accessDenied|forbidden)$/.test(errors?.[0]?.reason ?? '') ||
    (details !== undefined && code === 7) ||
    // Of an object's own bytes, a refusal is a text.
    (code === 403 && /^\S+ does not have \S+ access to /.test(saidBy(failure)));
  if (!isDenied) return undefined;
  const said = saidBy(failure);
  // The name of a service account looks like one, too.
  const permission = /\b(?:bigquery|iam|storage)\.[a-zA-Z]+\.[a-zA-Z]+/.exec(said.replace(/\S+@\S+/g, ''))?.[0];
  const role = permission === undefined ? undefined : roles[permission];
  const where = /\b(?:project|Project|Table|Dataset)s?[ /:]+['"]?([\w:.-]+)/.exec(said)?.[1];
  const grant = role === undefined ? 'the roles of docs/databases/bigquery.md' : `the role ${role}`;
  return {
    code: 'source.permission',
    hint: `Grant this identity ${grant}${where === undefined ? '' : ` on ${where.replace(/\.$/, '')}`}${permission === undefined ? '' : `, which has ${permission}`}.`,
  };
}
