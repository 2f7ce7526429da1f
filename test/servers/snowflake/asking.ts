import type { SnowflakeStandIn } from './snowflake.js';

type Options = Record<string, unknown>;

/** What the service answers, whose form is what is tested. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = Record<string, any>;

/** Both protocols, by fetch. */
export function asking(standIn: SnowflakeStandIn) {
  async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${standIn.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers });
    return { status: response.status, ...((await response.json()) as Answer) };
  }

  const login = (data: Options, query = '') =>
    post(`/session/v1/login-request${query}`, { data: { ACCOUNT_NAME: 'TESTACCT', LOGIN_NAME: 'ROBOT', ...data } });
  const session = async (query = '') => {
    const { data } = await login({ PASSWORD: standIn.password }, query);
    return { token: data.token as string, master: data.masterToken as string };
  };
  const authorized = (token: string) => ({ authorization: `Snowflake Token="${token}"` });
  let requests = 0;
  const query = async (sqlText: string, { token, ...more }: Options = {}) =>
    post(
      `/queries/v1/query-request?requestId=${(more.requestId as string) ?? `r${++requests}`}`,
      { sqlText, ...more },
      authorized((token as string) ?? (await session()).token),
    );
  const apiHeaders = () => ({
    authorization: `Bearer ${standIn.jwt()}`,
    'x-snowflake-authorization-token-type': 'KEYPAIR_JWT',
  });
  const api = (statement: string, more: Options = {}, search = '') =>
    post(`/api/v2/statements${search}`, { statement, ...more }, apiHeaders());
  const read = async (path: string) =>
    (await (await fetch(`${standIn.url}${path}`, { headers: apiHeaders() })).json()) as Answer;
  return { post, login, session, authorized, query, apiHeaders, api, read };
}
