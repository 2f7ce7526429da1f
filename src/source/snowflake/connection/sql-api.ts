import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../core/clock.js';
import { TidemarkError } from '../../../core/errors.js';
import { withPatience } from '../../../core/retry.js';
import { servicePatience } from '../../service-patience.js';
import { passes, ServiceRefusal } from './errors.js';
import type { SnowflakeField } from './field.js';
import { ask, type HttpAnswer, type HttpRequest, HttpRefusal } from './http.js';
import { assertParts, type ResultPart, rowsText, type Statement, type StoredResult } from './result.js';
import type { ApiToken } from './tokens.js';

/** Pauses between two looks at a statement that runs, in milliseconds. */
const looks = { first: 100, longest: 2_000 };

/** Where a statement runs. */
export interface ApiSession {
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
  readonly queryTag: string;
  /** Seconds that a statement may take; undefined: the warehouse's own limit. */
  readonly timeout: number | undefined;
}

/** An answer of the API (REST reference, "ResultSet", "QueryStatus", "QueryFailureStatus"). */
interface Answer {
  readonly code?: string;
  readonly message?: string;
  readonly sqlState?: string;
  readonly statementHandle: string;
  readonly data?: readonly unknown[];
  readonly resultSetMetaData?: {
    readonly numRows: number;
    readonly rowType: readonly SnowflakeField[];
    readonly partitionInfo?: readonly { readonly rowCount: number; readonly uncompressedSize?: number }[];
  };
}

/** What is needed to ask for it. */
export interface ApiAccess {
  readonly endpoint: string;
  token(): ApiToken | Promise<ApiToken>;
  /** Milliseconds. */
  readonly silence: number;
  readonly signal: AbortSignal;
}

/** The way to a part of a statement's result. */
export const partitionPath = (id: string, part: number): string =>
  `/api/v2/statements/${encodeURIComponent(id)}?partition=${part}`;

/** One request to the API. @throws ServiceRefusal; what {@link ask} throws */
export async function askApi(
  path: string,
  { endpoint, token, silence, signal }: ApiAccess,
  more: Partial<Pick<HttpRequest, 'method' | 'body'>> = {},
): Promise<HttpAnswer> {
  const { token: secret, type } = await token();
  const headers = {
    authorization: `Bearer ${secret}`,
    'x-snowflake-authorization-token-type': type,
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'tidemark',
  };
  try {
    return await ask({ url: endpoint + path, headers, silence, ...more }, signal);
  } catch (thrown) {
    throw thrown instanceof HttpRefusal ? (refusalIn(thrown) ?? thrown) : thrown;
  }
}

function refusalIn({ status, body }: HttpRefusal): ServiceRefusal | undefined {
  if (status === 429 || status >= 500) return undefined;
  try {
    const { code, message, sqlState } = JSON.parse(body) as Partial<Answer>;
    return code === undefined ? undefined : new ServiceRefusal(code, message ?? '', { sqlState, status });
  } catch {
    return undefined;
  }
}

/** Runs a statement by the SQL API, once. @throws what the service says */
export async function runByApi(
  { sql, binds }: Statement,
  session: ApiSession,
  access: ApiAccess,
): Promise<StoredResult> {
  const { database, schema, warehouse, role, queryTag, timeout } = session;
  const body = JSON.stringify({
    statement: sql,
    ...{ database, schema, warehouse, role, timeout },
    ...(binds.length > 0 && {
      bindings: Object.fromEntries(binds.map((value, index) => [String(index + 1), { type: 'TEXT', value }])),
    }),
    parameters: { query_tag: queryTag, timezone: 'UTC', binary_output_format: 'HEX' },
  });
  // The same id, sent again, runs nothing again.
  const requestId = randomUUID();
  let isRetry = false;
  const begin = (): Promise<HttpAnswer> => {
    const path = `/api/v2/statements?async=true&requestId=${requestId}${isRetry ? '&retry=true' : ''}`;
    isRetry = true;
    return askApi(path, access, { method: 'POST', body });
  };
  const first = await patiently(begin, access);
  const { statementHandle } = answerOf(first);
  try {
    return resultOf(await ended(first, statementHandle, access));
  } catch (thrown) {
    if (access.signal.aborted) await cancel(statementHandle, access);
    throw thrown;
  }
}

/** The rows of the first part of a result, in JSON with commas between them. @throws what the service says */
export async function firstRowsByApi(id: string, access: ApiAccess): Promise<string> {
  const { data = [] } = answerOf(await patiently(() => askApi(partitionPath(id, 0), access), access));
  return rowsText(data);
}

async function ended(first: HttpAnswer, id: string, access: ApiAccess): Promise<Answer> {
  let answer = first;
  for (let pause = looks.first; answer.status === 202; pause = Math.min(pause * 1.5, looks.longest)) {
    await systemClock.sleep(pause, access.signal);
    answer = await patiently(() => askApi(`/api/v2/statements/${encodeURIComponent(id)}`, access), access);
  }
  return answerOf(answer);
}

/** What nobody waits for is not to be billed. */
async function cancel(id: string, access: ApiAccess): Promise<void> {
  const path = `/api/v2/statements/${encodeURIComponent(id)}/cancel`;
  await askApi(path, { ...access, signal: AbortSignal.timeout(5_000) }, { method: 'POST' }).catch(() => undefined);
}

const patiently = (action: () => Promise<HttpAnswer>, { signal }: ApiAccess): Promise<HttpAnswer> =>
  withPatience(action, { ...servicePatience, signal }, { passes });

function answerOf({ body }: HttpAnswer): Answer {
  try {
    return JSON.parse(body.toString()) as Answer;
  } catch (cause) {
    throw new TidemarkError('source.protocol', 'the SQL API answers with something that is not JSON', {
      hint: 'A proxy on the way may have answered in its place.',
      cause,
    });
  }
}

function resultOf({ statementHandle: id, data = [], resultSetMetaData: told }: Answer): StoredResult {
  if (told === undefined)
    throw new TidemarkError('source.protocol', `statement ${id}: the SQL API tells nothing of its result`);
  const { numRows: rows, rowType, partitionInfo = [{ rowCount: data.length }] } = told;
  const parts = partitionInfo.map(({ rowCount, uncompressedSize = 0 }): ResultPart => ({
    rows: rowCount,
    bytes: uncompressedSize,
  }));
  const fields = rowType.map((field) => ({ ...field, type: field.type.toLowerCase() }));
  const result = { id, rows, fields, parts, firstRows: rowsText(data) };
  assertParts(result);
  return result;
}
