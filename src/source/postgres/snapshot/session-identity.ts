import { changedDuringRun } from './as-planned.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** What must be alike in all sessions of a run although the server, the role or the database may give it anew to each. */
export interface SessionIdentity {
  readonly user: string;
  /** The schemas in which names are looked up, as the path and the user's rights make them. */
  readonly schemas: string;
  /** Settings that decide what is read; null: not set. */
  readonly settings: Readonly<Record<string, string | null>>;
}

interface IdentityRow {
  readonly user: string;
  readonly schemas: string;
  readonly name: string;
  readonly value: string | null;
}

/** Settings that decide what names mean and how text is read, whatever the request is. */
const always = ['search_path', 'default_text_search_config', 'timezone_abbreviations'];

/** @param names of settings of the user's own, such as `app.tenant` */
export async function readIdentity(connection: PgConnection, names: readonly string[]): Promise<SessionIdentity> {
  const rows = await identityRows(connection, [...always, ...names]);
  return {
    user: rows[0]!.user,
    schemas: rows[0]!.schemas,
    settings: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
  };
}

/** Makes a session like the first one. @throws source.changed where that cannot be done */
export async function assumeIdentity(connection: PgConnection, identity: SessionIdentity): Promise<void> {
  const given = Object.entries(identity.settings).filter(([, value]) => value !== null);
  await connection.query(
    `SELECT pg_catalog.set_config(s.name, s.value, true)
       FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS s(name, value)`,
    [given.map(([name]) => name), given.map(([, value]) => value)],
    { doing: 'setting the session as the first one is' },
  );
  await assertIdentity(connection, identity);
}

/**
 * Whether the session is still like the first one: a setting that is not set may come from the server's configuration at any
 * time, and a right to use a schema changes what a name means. @throws source.changed
 */
export async function assertIdentity(connection: PgConnection, identity: SessionIdentity): Promise<void> {
  const rows = await identityRows(connection, Object.keys(identity.settings));
  const changes = rows.flatMap(({ user, schemas, name, value }) => [
    ...(user === identity.user ? [] : [`the user is ${user} now`]),
    ...(schemas === identity.schemas ? [] : [`names are looked up in ${schemas} now, and were in ${identity.schemas}`]),
    ...(value === identity.settings[name] ? [] : [`the setting ${name} is another one now`]),
  ]);
  if (changes.length > 0) throw changedDuringRun([...new Set(changes)]);
}

function identityRows(connection: PgConnection, names: readonly string[]): Promise<IdentityRow[]> {
  return connection.query<{ user: string; schemas: string; name: string; value: string | null }>(
    `SELECT current_user AS "user", pg_catalog.current_schemas(true)::pg_catalog.text AS schemas, s.name,
            pg_catalog.current_setting(s.name, true) AS value
       FROM pg_catalog.unnest($1::pg_catalog.text[]) AS s(name)`,
    [names],
  );
}
