import { invalidRequest } from '../../core/errors.js';

/** A place in a bucket, and how the store that has the bucket is reached. */
export interface S3Location extends S3Settings {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the bucket itself. */
  readonly key: string;
}

/** What a location says of its store behind the `?`; plain data. */
export interface S3Settings {
  /** Of a store that is not Amazon's: `https://storage.googleapis.com`, `http://localhost:9000`. */
  readonly endpoint?: string;
  readonly region?: string;
  /** The bucket stands in the path of requests, not in the host's name. */
  readonly pathStyle?: boolean;
  /** Encryption by the store: `AES256`, `aws:kms` or `aws:kms:dsse`. */
  readonly sse?: string;
  readonly kmsKey?: string;
  /** Tags of the objects: `team=ml,stage=raw`. */
  readonly tags?: string;
}

const allowed = ['endpoint', 'region', 'path-style', 'sse', 'kms-key', 'tags'] as const;
const encryptions = ['AES256', 'aws:kms', 'aws:kms:dsse'];

/** Takes `s3://bucket/prefix?endpoint=…&region=…` apart. @throws request.invalid */
export function parseLocation(text: string): S3Location {
  const [, authority = '', path = '', query = ''] = /^s3:\/\/([^/?#]*)([^?]*)(?:\?(.*))?$/is.exec(text) ?? [];
  // Never shown: whoever writes a password there takes it for a place of secrets.
  if (/[@:]/.test(authority)) {
    throw invalidRequest(
      's3://…: credentials have no place in a location, which is printed and stored',
      'Give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, by AWS_PROFILE, or by the role of the machine.',
    );
  }
  if (!/^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i.test(authority)) {
    throw invalidRequest(
      `"${text}" names no bucket`,
      'Give s3://<bucket>/<prefix>, with a bucket of at least three letters, digits, ".", "_" and "-".',
    );
  }
  if (path.includes('#') || query.includes('#')) {
    throw invalidRequest(
      's3://…: "#" has no place in a location',
      'Choose a prefix without it; behind the "?", write it as %23.',
    );
  }
  const names = path.split('/').filter((name) => name !== '');
  const odd = names.find((name) => name === '.' || name === '..');
  if (odd !== undefined) {
    throw invalidRequest(`${text}: "${odd}" is a name like any other in a bucket`, 'Give the prefix as it is.');
  }
  return { bucket: authority, key: names.join('/'), ...settingsOf(query) };
}

function settingsOf(query: string): S3Settings {
  const given = parametersOf(query);
  for (const [name, values] of given) {
    if (!(allowed as readonly string[]).includes(name)) {
      throw invalidRequest(
        `s3://…: "${name}" is no setting of a bucket`,
        `Behind the "?" of a location stand ${allowed.slice(0, -1).join(', ')} and ${allowed.at(-1)!}.`,
      );
    }
    if (values.length > 1) throw invalidRequest(`s3://…: ${name} is given twice`, 'Give it once.');
  }
  const one = (name: (typeof allowed)[number]): string | undefined => given.get(name)?.[0] || undefined;
  const [endpoint, region, sse, kmsKey, tags] = [
    checkedEndpoint(one('endpoint')),
    one('region'),
    checkedEncryption(one('sse')),
    one('kms-key'),
    checkedTags(one('tags')),
  ];
  if (kmsKey !== undefined && !sse?.startsWith('aws:kms'))
    throw invalidRequest('s3://…: kms-key goes with sse=aws:kms', 'Add sse=aws:kms, or leave kms-key out.');
  const pathStyle = checkedFlag('path-style', one('path-style'));
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(pathStyle !== undefined && { pathStyle }),
    ...(sse !== undefined && { sse }),
    ...(kmsKey !== undefined && { kmsKey }),
    ...(tags !== undefined && { tags }),
  };
}

/** A plus is a plus: names of keys and tags may have one. @throws request.invalid */
function parametersOf(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const one of query.split('&').filter((text) => text !== '')) {
    const at = one.indexOf('=');
    const [name, value] = at < 0 ? [one, ''] : [one.slice(0, at), one.slice(at + 1)];
    found.set(name, [...(found.get(name) ?? []), decoded(name, value)]);
  }
  return found;
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalidRequest(`s3://…: ${name} has a "%" that begins no character`, 'Write a percent sign as %25.');
  }
}

function checkedEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isPlain && url.search === '' && url.hash === '') return endpoint.replace(/\/+$/, '');
  throw invalidRequest(
    's3://…: endpoint is not the address of a store',
    'Give it as https://host or https://host:port, without credentials.',
  );
}

function checkedEncryption(sse: string | undefined): string | undefined {
  if (sse === undefined || encryptions.includes(sse)) return sse;
  throw invalidRequest(`s3://…: sse=${sse} is no encryption of a store`, `Give one of ${encryptions.join(', ')}.`);
}

function checkedFlag(name: string, given: string | undefined): boolean | undefined {
  if (given === undefined) return undefined;
  if (given === 'true' || given === 'false') return given === 'true';
  throw invalidRequest(`s3://…: ${name}=${given} is neither true nor false`, 'Give true or false.');
}

function checkedTags(tags: string | undefined): string | undefined {
  if (tags === undefined) return undefined;
  const wrong = tags.split(',').find((tag) => !/^[^=]+=[^=]*$/.test(tag));
  if (wrong === undefined) return tags;
  throw invalidRequest(`s3://…: "${wrong}" of tags is no tag`, 'Give tags=name=value,name=value.');
}

/** The text of a location, from which it can be parsed again. */
export function locationText({ bucket, key, ...settings }: S3Location): string {
  const { endpoint, region, pathStyle, sse, kmsKey, tags } = settings;
  const query = [
    ['endpoint', endpoint],
    ['region', region],
    ['path-style', pathStyle],
    ['sse', sse],
    ['kms-key', kmsKey],
    ['tags', tags],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${readable(String(value))}`]));
  return `s3://${bucket}${key === '' ? '' : `/${key}`}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** Addresses stay as people write them: what stands between the parameters of a query alone is encoded. */
const readable = (value: string): string => value.replace(/[%&#?\s]/g, encodeURIComponent);
