import * as z from 'zod';
import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import { withPatience } from '../core/retry.js';
import type { RegistrationSettings } from './settings.js';

const patience = { lasts: 120_000, firstPause: 500, longestPause: 15_000, renewals: 0 };
/** Before it has answered at all: an address is more likely wrong than away. */
const firstPatience = 8_000;
const answerTimeout = 60_000;
/** Lists are read no further than this: something is wrong with one that never ends. */
const mostPages = 1_000;

const pageSchema = z.object({ results: z.array(z.unknown()), next: z.string().nullish() });

/** Valohai's REST API. Methods throw destination.denied, destination.io. */
export class ValohaiApi {
  private hasAnswered = false;

  constructor(
    private readonly settings: Pick<RegistrationSettings, 'host' | 'token'>,
    private readonly clock: Pick<Clock, 'now' | 'sleep'>,
    private readonly signal?: AbortSignal,
  ) {}

  get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#ask('GET', new URL(path, this.settings.host), undefined, schema);
  }

  /** All of a list, page by page. */
  async list<T>(path: string, query: Readonly<Record<string, string>>, schema: z.ZodType<T>): Promise<T[]> {
    const first = new URL(path, this.settings.host);
    for (const [name, value] of Object.entries(query)) first.searchParams.set(name, value);
    const found: T[] = [];
    let next: URL | undefined = first;
    for (let pages = 0; next !== undefined && pages < mostPages; pages += 1) {
      const page: z.infer<typeof pageSchema> = await this.#ask('GET', next, undefined, pageSchema);
      found.push(...page.results.map((result) => this.#parsed(result, schema, first.pathname)));
      next = page.next ? new URL(page.next, this.settings.host) : undefined;
      // The token goes nowhere else.
      if (next !== undefined && next.origin !== first.origin) next = new URL(next.pathname + next.search, first.origin);
    }
    return found;
  }

  /** Asks for something that may be asked for twice. */
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return this.#ask('POST', new URL(path, this.settings.host), body, schema);
  }

  async #ask<T>(method: string, url: URL, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const lasts = this.hasAnswered ? patience.lasts : firstPatience;
    const answer = await withPatience(
      () => this.#once(method, url, body),
      { ...patience, lasts, clock: this.clock, signal: this.signal },
      { passes: (error) => error instanceof TidemarkError && error.retryable },
    );
    this.hasAnswered = true;
    return this.#parsed(answer, schema, url.pathname);
  }

  async #once(method: string, url: URL, body: unknown): Promise<unknown> {
    const timeout = AbortSignal.timeout(answerTimeout);
    const signal = this.signal === undefined ? timeout : AbortSignal.any([this.signal, timeout]);
    const headers = {
      authorization: `Token ${this.settings.token.reveal()}`,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    try {
      const sent = { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const response = await fetch(url, { ...sent, redirect: 'manual' });
      const text = await response.text();
      if (response.ok) return text === '' ? undefined : jsonOf(text);
      throw refusal(response.status, url, text);
    } catch (thrown) {
      this.signal?.throwIfAborted();
      if (thrown instanceof TidemarkError) throw thrown;
      const { cause } = thrown as { cause?: { code?: string } };
      throw new TidemarkError(
        'destination.io',
        `Valohai at ${url.origin} does not answer: ${cause?.code ?? 'no answer in time'}`,
        {
          hint: 'Check VALOHAI_HOST, DNS and proxy.',
          retryable: true,
        },
      );
    }
  }

  #parsed<T>(answer: unknown, schema: z.ZodType<T>, path: string): T {
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new TidemarkError('destination.io', `Valohai's answer to ${path} is not what was expected`, {
      hint: 'Its API may have changed. Please report it with the version of Tidemark.',
    });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, { origin, pathname }: URL, text: string): TidemarkError {
  const where = `${origin}${pathname}`;
  if (status === 401 || status === 403)
    return new TidemarkError('destination.denied', `Valohai refused the token at ${where} (${status})`, {
      hint: 'Check VALOHAI_TOKEN, and that its user may write to the project.',
    });
  if (status >= 300 && status < 400)
    return new TidemarkError(
      'destination.denied',
      `${where} sends on to another address, and the token is not sent there`,
      {
        hint: 'Give the address itself as VALOHAI_HOST.',
      },
    );
  // What a server says of a request has none of its secrets.
  const said = text.replace(/\s+/g, ' ').slice(0, 300);
  return new TidemarkError('destination.io', `Valohai answered ${status} at ${where}: ${said}`, {
    hint: 'The message is the one of Valohai.',
    retryable: status === 429 || status >= 500,
  });
}
