import type * as Library from 'google-auth-library';
import { withPatience } from '../../../core/retry.js';
import { readPatience } from '../../service-patience.js';
import { passes } from './errors.js';
import { peer } from './peers.js';

/** How a service of Google's is asked. */
export interface Asking {
  /** The header that says who asks. @throws source.auth */
  authorization(): Promise<string>;
  /** Milliseconds that the service may be silent. */
  readonly stallLimit: number;
  readonly signal: AbortSignal;
}

export interface RestRequest {
  /** `https://…`, with its query. */
  readonly url: string;
  /** GET, unless told. */
  readonly method?: 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Of a refusal that is no JSON; characters. */
const longestText = 300;

/** An answer that is an error: REST reference, ErrorProto. */
interface Refusal {
  readonly error?: { readonly message?: string; readonly errors?: readonly object[] };
}

/** A REST API of Google's, by the client of HTTP that Google's libraries use, proxies and all. What may pass is asked again. */
export class RestClient {
  private constructor(
    private readonly http: Library.gaxios.Gaxios,
    private readonly asking: Asking,
  ) {}

  static async open(asking: Asking): Promise<RestClient> {
    const { gaxios } = await peer(() => import('google-auth-library'));
    return new RestClient(new gaxios.Gaxios(), asking);
  }

  /** @returns the answer's body @throws what the service says, in the form of Google's own client: `code` is the status of HTTP */
  async bytes(request: RestRequest): Promise<Uint8Array> {
    return this.#patiently(() => this.#attempt(request));
  }

  /** An answer in JSON, and how long it was. @throws as {@link bytes} */
  async json<T>(request: RestRequest): Promise<{ readonly answer: T; readonly bytes: number }> {
    return this.#patiently(async () => {
      const body = await this.#attempt(request);
      return { answer: parsed<T>(body), bytes: body.length };
    });
  }

  #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal } = this.asking;
    return withPatience(attempt, { ...readPatience, signal }, { passes: mayPass });
  }

  async #attempt({ url, method, headers, body }: RestRequest): Promise<Uint8Array> {
    const { authorization, stallLimit, signal } = this.asking;
    const { data, status } = await this.http.request<ArrayBuffer>({
      url,
      ...(method !== undefined && { method }),
      headers: { ...headers, authorization: await authorization() },
      ...(body !== undefined && { body: Buffer.from(body) }),
      responseType: 'arraybuffer',
      timeout: stallLimit,
      signal,
      validateStatus: () => true,
    });
    const answer = new Uint8Array(data);
    if (status >= 200 && status < 300) return answer;
    throw refused(answer, status);
  }
}

/** Some refusals are texts: of media, and of what stands between. */
function refused(body: Uint8Array, status: number): Error {
  const text = Buffer.from(body).toString();
  const { error } = jsonOf<Refusal>(text) ?? {};
  const said = error?.message ?? (/^\s*</.test(text) ? '' : text.slice(0, longestText).trim());
  return Object.assign(new Error(said === '' ? `HTTP ${status}` : said), { code: status, errors: error?.errors ?? [] });
}

/** @throws as for a service that is busy: the answer was cut, or is a proxy's */
function parsed<T>(body: Uint8Array): T {
  const answer = jsonOf<T>(Buffer.from(body).toString());
  if (answer !== undefined) return answer;
  throw Object.assign(new Error('the answer is no JSON'), { code: 502 });
}

function jsonOf<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** A token that has expired, too: the next attempt has another one. */
const mayPass = (thrown: unknown): boolean => passes(thrown) || (thrown as { readonly code?: unknown }).code === 401;
