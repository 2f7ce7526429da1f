import { readFileSync } from 'node:fs';
import { invalidRequest } from '../../../core/errors.js';
import { Secret } from '../../../core/secret.js';
import type { ConnectionOrigins } from '../../../core/source-description.js';
import type { ConnectionSettings } from '../../../core/source-request.js';

/** As whom BigQuery is asked: with the credentials of a file, as the machine, or as Google's own tools find out. */
export type IdentitySettings =
  | { readonly kind: 'credentials'; readonly json: Secret; readonly origin: string }
  | { readonly kind: 'machine'; readonly origin: string }
  | { readonly kind: 'default' };

/** All that a connection needs, files read. */
export interface BigquerySettings extends ConnectionSettings {
  /** That holds the data; undefined: the identity's own. */
  readonly project: string | undefined;
  /** That tables without one are in. */
  readonly dataset: string | undefined;
  /** That pays; undefined: the one that holds the data. */
  readonly billingProject: string | undefined;
  /** Where queries run; undefined: where the data is. */
  readonly location: string | undefined;
  /** Of every job. */
  readonly labels: Readonly<Record<string, string>>;
  readonly identity: IdentitySettings;
  /** A service account that is asked for in place of the identity, by its address. */
  readonly impersonates: string | undefined;
  /** Where the service is not Google's own: `https://host` of the API, `host:port` of the Storage Read API, `https://host` of Cloud Storage. */
  readonly endpoints: {
    readonly api: string | undefined;
    readonly storage: string | undefined;
    readonly buckets: string | undefined;
  };
}

const allowed = [
  'billing-project',
  'location',
  'labels',
  'keyfile',
  'impersonate',
  'api-endpoint',
  'storage-endpoint',
  'gcs-endpoint',
] as const;
type Name = (typeof allowed)[number];

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Resolves where the data is, who pays and who asks. The URL's parts win; what it leaves out comes from variables. Reads the file with
 * credentials that is named, never the environment of the process.
 * @throws request.invalid naming key, value, and what is allowed
 */
export function resolveConnection({ url, env }: ConnectionOrigins): BigquerySettings {
  const { project, dataset, given } = url === undefined ? { given: new Map<Name, string>() } : parseUrl(url);
  const one = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]?.trim()).find((value) => value);
  const warnings: string[] = [];
  return {
    project: project ?? one('BIGQUERY_PROJECT', 'GCP_PROJECT', 'GOOGLE_CLOUD_PROJECT'),
    dataset: dataset ?? one('BIGQUERY_DATASET'),
    billingProject: given.get('billing-project') ?? one('BIGQUERY_BILLING_PROJECT'),
    location: given.get('location') ?? one('BIGQUERY_LOCATION'),
    labels: labelsOf(given.get('labels') ?? one('BIGQUERY_LABELS')),
    identity: identityOf(given.get('keyfile'), env, warnings),
    impersonates: impersonated(given.get('impersonate') ?? one('BIGQUERY_IMPERSONATE_SERVICE_ACCOUNT')),
    endpoints: {
      api: endpoint('api-endpoint', given.get('api-endpoint')),
      storage: given.get('storage-endpoint'),
      buckets: endpoint('gcs-endpoint', given.get('gcs-endpoint')),
    },
    warnings,
  };
}

function parseUrl(text: string): {
  readonly project: string | undefined;
  readonly dataset: string | undefined;
  readonly given: ReadonlyMap<Name, string>;
} {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.port !== '')
    throw invalidRequest(
      'source: the URL of BigQuery names a project and a dataset, and no user, password or port',
      'Write bigquery://project/dataset. Who asks is said by credentials: docs/databases/bigquery.md.',
    );
  const [dataset, more] = url.pathname.split('/').filter((part) => part !== '');
  if (more !== undefined)
    throw invalidRequest(
      'source: the URL has more than a project and a dataset',
      'Write bigquery://project/dataset, and the table with --table.',
    );
  const given = new Map<Name, string>();
  for (const [name, value] of url.searchParams) {
    if (!(allowed as readonly string[]).includes(name))
      throw invalidRequest(`source: the URL's ${name} is not known`, `Allowed: ${allowed.join(', ')}.`);
    if (given.has(name as Name)) throw invalidRequest(`source: the URL has ${name} twice`, 'Give it once.');
    given.set(name as Name, value);
  }
  return {
    project: url.hostname === '' ? undefined : decodeURIComponent(url.hostname),
    dataset: dataset === undefined ? undefined : decodeURIComponent(dataset),
    given,
  };
}

/** What is said of who asks, the first of: the URL's file, the machine, the variable with a key, the file of Google's own variable. */
function identityOf(keyfile: string | undefined, env: Variables, warnings: string[]): IdentitySettings {
  const contents = env['GCP_KEYFILE_CONTENTS_JSON']?.trim();
  const path = env['GOOGLE_APPLICATION_CREDENTIALS']?.trim();
  const isMachine = saysYes(env['GCP_IAM']);
  const said = [
    ...(keyfile === undefined ? [] : ['keyfile']),
    ...(isMachine ? ['GCP_IAM'] : []),
    ...(contents ? ['GCP_KEYFILE_CONTENTS_JSON'] : []),
    ...(path ? ['GOOGLE_APPLICATION_CREDENTIALS'] : []),
  ];
  const [origin, ...others] = said;
  if (origin === undefined) return { kind: 'default' };
  if (others.length > 0) warnings.push(`${origin} says who asks; set too, and not used: ${others.join(', ')}`);
  if (keyfile !== undefined) return { kind: 'credentials', json: fileOf(keyfile, origin), origin };
  if (isMachine) return { kind: 'machine', origin };
  return { kind: 'credentials', json: contents ? checked(contents, origin) : fileOf(path!, origin), origin };
}

function saysYes(value: string | undefined): boolean {
  const word = value?.trim().toLowerCase() ?? '';
  if (['', '0', 'false', 'no'].includes(word)) return false;
  if (['1', 'true', 'yes'].includes(word)) return true;
  throw invalidRequest(
    `GCP_IAM="${value}" is not known`,
    'Write 1 for the identity of the machine, 0 for another one.',
  );
}

function fileOf(path: string, origin: string): Secret {
  try {
    return checked(readFileSync(path, 'utf8'), origin);
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (code === undefined || code === 'request.invalid') throw thrown;
    throw invalidRequest(
      `${origin}: ${path} cannot be read (${code})`,
      'Give the path of a file with credentials of Google.',
    );
  }
}

/** Nothing of what stands there is shown. */
function checked(text: string, origin: string): Secret {
  let type: unknown;
  try {
    type = (JSON.parse(text) as { readonly type?: unknown } | null)?.type;
  } catch {
    type = undefined;
  }
  if (typeof type === 'string') return new Secret(text);
  throw invalidRequest(
    `${origin}: that are no credentials of Google: JSON with a "type" is expected`,
    'Give the whole file of a service account key, of workload identity federation, or of gcloud auth application-default login.',
  );
}

function labelsOf(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value = ''] = pair.split('=', 2);
      // Google's own rule for keys and values of labels.
      if (/^\p{Ll}[\p{Ll}\p{N}_-]{0,62}$/u.test(key) && /^[\p{Ll}\p{N}_-]{0,63}$/u.test(value)) return [key, value];
      throw invalidRequest(
        `labels: "${pair}" is no label`,
        'Write key=value with commas between them; small letters, digits, _ and - alone.',
      );
    }),
  );
}

function impersonated(address: string | undefined): string | undefined {
  if (address === undefined || /^[^@\s]+@[^@\s]+$/.test(address)) return address;
  throw invalidRequest(
    `impersonate: "${address}" is no address of a service account`,
    'It reads name@project.iam.gserviceaccount.com.',
  );
}

function endpoint(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\/[^/]+\/?$/.test(text)) return text?.replace(/\/$/, '');
  throw invalidRequest(`${name}: "${text}" is no address`, 'Write https://host or https://host:port.');
}
