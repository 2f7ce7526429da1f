import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { Definitions } from '../definitions/watch.js';
import { settingsIn } from '../plan/policies.js';

/** `current_setting('app.tenant')` in a text. */
const call = /current_setting\s*\(\s*'([^']+)'/gi;

/** Settings of the user's own that queries, views and the functions that they lead to ask for by name. */
export async function settingsAskedFor(
  connection: PgConnection,
  relations: readonly number[],
  queries: string,
  definitions: Definitions | undefined,
): Promise<string[]> {
  const functions = [...(definitions?.values() ?? [])].filter(({ kind }) => kind === 'function').map(({ id }) => id);
  const rows = await connection.query<{ rule: string | null; body: string | null }>(
    `SELECT ev_action::pg_catalog.text AS rule, NULL::pg_catalog.text AS body FROM pg_catalog.pg_rewrite
      WHERE ev_class OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
     UNION ALL
     SELECT NULL, prosrc FROM pg_catalog.pg_proc WHERE oid OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.oid[])`,
    [relations, functions],
  );
  const texts = [queries, ...rows.flatMap(({ body }) => body ?? [])];
  const names = [
    ...texts.flatMap((text) => [...text.matchAll(call)].map((match) => match[1]!)),
    ...rows.flatMap(({ rule }) => (rule === null ? [] : settingsIn(rule))),
  ];
  return names.filter((name) => name.includes('.'));
}
