import type * as Library from 'google-auth-library';
import { TidemarkError } from '../../../../core/errors.js';
import { withPatience } from '../../../../core/retry.js';
import { passes } from '../../connection/errors.js';
import { peer } from '../../connection/peers.js';
import type { TableName } from '../../connection/table-name.js';
import { readPatience } from '../../../service-patience.js';
import type { RestValue } from './column-of.js';

const googles = 'https://bigquery.googleapis.com';
/** Rows that are asked for at once; the service sends fewer where they are many bytes. */
const rowsOfPage = 10_000;

export interface PageRequest {
  readonly table: TableName;
  /** By its number in the table. */
  readonly firstRow: number;
  readonly rows: number;
  /** Names, in the order of the table; undefined: all. */
  readonly columns: readonly string[] | undefined;
}

export interface Page {
  readonly rows: readonly { readonly f: readonly { readonly v: RestValue }[] }[];
  readonly bytes: number;
}

/** An answer that is an error: REST reference, ErrorProto. */
interface Refusal {
  readonly error?: { readonly code?: number; readonly message?: string; readonly errors?: readonly object[] };
}

/** How pages are asked for, by a lane. */
export interface Asking {
  /** `https://host`; undefined: Google's. */
  readonly endpoint: string | undefined;
  /** @throws source.auth */
  authorization(): Promise<string>;
  /** Milliseconds that the service may be silent. */
  readonly stallLimit: number;
  readonly signal: AbortSignal;
}

/** Pages of a table's rows (REST reference, tabledata.list). Requests go by the client of HTTP that Google's libraries use, proxies and all. */
export class Pages {
  private constructor(
    private readonly http: Library.gaxios.Gaxios,
    private readonly asking: Asking,
  ) {}

  static async open(asking: Asking): Promise<Pages> {
    const { gaxios } = await peer(() => import('google-auth-library'));
    return new Pages(new gaxios.Gaxios(), asking);
  }

  /** At least one row, and not more than are asked for. @throws what the service says; source.lost where it has no more */
  async page(request: PageRequest): Promise<Page> {
    const { signal } = this.asking;
    const page = await withPatience(() => this.attempt(request), { ...readPatience, signal }, { passes: mayPass });
    if (page.rows.length > 0) return page;
    throw new TidemarkError('source.lost', `row ${request.firstRow + 1} was to come, and there are no more`, {
      hint: 'Nothing is published; run again.',
    });
  }

  private async attempt({ table, firstRow, rows, columns }: PageRequest): Promise<Page> {
    const { endpoint = googles, authorization, stallLimit, signal } = this.asking;
    const { project, dataset, table: name } = table;
    const path = [project, 'datasets', dataset, 'tables', name].map(encodeURIComponent).join('/');
    const query = new URLSearchParams({
      startIndex: String(firstRow),
      maxResults: String(Math.min(rows, rowsOfPage)),
      'formatOptions.useInt64Timestamp': 'true',
      ...(columns !== undefined && { selectedFields: columns.join(',') }),
    });
    const { data: text, status } = await this.http.request<string>({
      url: `${endpoint}/bigquery/v2/projects/${path}/data?${query}`,
      headers: { authorization: await authorization() },
      responseType: 'text',
      timeout: stallLimit,
      signal,
      validateStatus: () => true,
    });
    const answer = answerOf(text, status);
    return { rows: answer.rows ?? [], bytes: text.length };
  }
}

/** @throws in the form of Google's own client */
function answerOf(text: string, status: number): { readonly rows?: Page['rows'] } {
  const isGood = status >= 200 && status < 300;
  try {
    const answer = JSON.parse(text) as { readonly rows?: Page['rows'] } & Refusal;
    if (isGood) return answer;
    throw Object.assign(new Error(answer.error?.message ?? `HTTP ${status}`), {
      code: status,
      errors: answer.error?.errors ?? [],
    });
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    // Not JSON: a proxy's page, or an answer that was cut.
    throw Object.assign(new Error(`HTTP ${status}, and the answer is no JSON`), { code: isGood ? 502 : status });
  }
}

/** A token that has expired, too: the next attempt has another one. */
const mayPass = (thrown: unknown): boolean => passes(thrown) || (thrown as { readonly code?: unknown }).code === 401;
