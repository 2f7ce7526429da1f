import type { BigQueryStandIn } from './bigquery.js';

export type Asked = (path: string, options?: RequestInit) => Promise<Response>;

/** Requests to the stand-in's REST APIs by the identity of its metadata server. */
export async function signedIn({ rest }: Pick<BigQueryStandIn, 'rest'>): Promise<Asked> {
  const told = await fetch(`${rest}/computeMetadata/v1/instance/service-accounts/default/token`, {
    headers: { 'metadata-flavor': 'Google' },
  });
  const { access_token: token } = (await told.json()) as { access_token: string };
  return (path, options = {}) =>
    fetch(`${rest}${path}`, { ...options, headers: { authorization: `Bearer ${token}`, ...options.headers } });
}
