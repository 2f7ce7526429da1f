import http from 'node:http';
import https from 'node:https';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import type { getProxyForUrl } from 'proxy-from-env';
import { optionalPackage } from '../../optional-package.js';

/** Connections stay open: most requests go to one host. */
const direct = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
} as const;

const byProxy = new Map<string, http.Agent>();

/** What the ways through a proxy are told by; the vendor's client goes by the same. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/** Who opens connections to an address: by the proxy that the environment names for it. @throws source.unsupported, with what to type */
export async function agentFor(address: URL): Promise<http.Agent> {
  const itself = direct[address.protocol === 'http:' ? 'http:' : 'https:'];
  if (!variables.some((name) => process.env[name])) return itself;
  const proxying = await loadProxying();
  const proxy = proxying.getProxyForUrl(address.href);
  if (proxy === '') return itself;
  const known = byProxy.get(proxy) ?? new proxying.HttpsProxyAgent(proxy, { keepAlive: true });
  byProxy.set(proxy, known);
  return known;
}

interface Proxying {
  readonly getProxyForUrl: typeof getProxyForUrl;
  readonly HttpsProxyAgent: typeof HttpsProxyAgent;
}

const loadProxying = (): Promise<Proxying> =>
  optionalPackage(async () => ({ ...(await import('proxy-from-env')), ...(await import('https-proxy-agent')) }), {
    message: 'what goes through a proxy is not installed',
    hint: 'It comes with Snowflake’s client, as a rule: npm install https-proxy-agent@7 proxy-from-env@2. Or leave HTTPS_PROXY out.',
  });
