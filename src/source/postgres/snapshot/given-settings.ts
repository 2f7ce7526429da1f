import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { isPinned } from './session.js';

/**
 * Settings that command-line options for the server process ask for (`-c name=value`, `--name=value`; a backslash keeps a space
 * in a value). Other options are not looked at.
 */
export function settingsInOptions(options: string): ReadonlyMap<string, string> {
  const words = [...options.matchAll(/(?:\\.|[^\s\\])+/gsu)].map(([word]) => word.replaceAll(/\\(.)/gsu, '$1'));
  const settings = new Map<string, string>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    const given = word === '-c' ? words[(i += 1)] : /^(?:-c|--)(.+)$/su.exec(word)?.[1];
    const [, name, value] = /^([^=]+)=(.*)$/su.exec(given ?? '') ?? [];
    // As the server takes them: in any case, and with dashes for underscores.
    if (name !== undefined) settings.set(name.toLowerCase().replaceAll('-', '_'), value!);
  }
  return settings;
}

/**
 * A pooler may take a connection's options and pass none of them on; then names would mean other tables, and policies let
 * other rows through, without a word. Whether a setting is the one that was asked for is for the server to say: a value has
 * many spellings. Ends with its transaction, which must be rolled back.
 * @throws source.unsupported
 */
export async function assertOptionsGiven(connection: PgConnection): Promise<void> {
  const asked = [...settingsInOptions(connection.settings.options ?? '')].filter(
    ([name]) => !isPinned(name) || name === 'search_path',
  );
  if (asked.length === 0) return;
  // Those that are not listed are of the user's own (`app.tenant`), or say who one is (`role`).
  const rows = await connection.query<{ name: string; before: string | null; after: string }>(
    `SELECT s.name, pg_catalog.current_setting(s.name, true) AS before,
            pg_catalog.set_config(s.name, s.value, true) AS after
       FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS s(name, value)
       LEFT JOIN pg_catalog.pg_settings g ON pg_catalog.lower(g.name) OPERATOR(pg_catalog.=) s.name
      WHERE COALESCE(g.context OPERATOR(pg_catalog.=) 'user', s.name OPERATOR(pg_catalog.!~~) 'transaction\\_%')`,
    [asked.map(([name]) => name), asked.map(([, value]) => value)],
    { doing: 'looking whether the options of the connection hold' },
  );
  const lost = rows.filter(({ before, after }) => before !== after).map(({ name }) => name);
  if (lost.length === 0) return;
  throw new TidemarkError(
    'source.unsupported',
    `the options of the connection did not reach the server: ${lost.join(', ')}`,
    {
      hint: 'A pooler stands between, and drops them (PgBouncer: ignore_startup_parameters = options). Leave PGOPTIONS and options=… out, and give the settings to the role (ALTER ROLE … SET …), or connect to the server itself.',
    },
  );
}

/**
 * Settings that somebody has made in this session before us. A server's own session has none: a pooler in transaction mode
 * hands on what another client has left behind, or makes them itself.
 */
export async function settingsOfOthers(connection: PgConnection): Promise<string[]> {
  const rows = await connection.query<{ name: string; value: string }>(
    `SELECT name, pg_catalog.current_setting(name) AS value FROM pg_catalog.pg_settings
      WHERE source OPERATOR(pg_catalog.=) 'session' ORDER BY name COLLATE "C"`,
  );
  const ours = settingsInOptions(connection.settings.options ?? '');
  const known = (name: string): boolean => ours.has(name.toLowerCase()) || isOurs(name);
  // Those of extensions may hold anything.
  const shown = (name: string, value: string): string => (name.includes('.') ? name : `${name} = ${value}`);
  return rows.filter(({ name }) => !known(name)).map(({ name, value }) => shown(name, value));
}

/** What every session of ours sets, and what says nothing of the rows. */
function isOurs(name: string): boolean {
  if (name === 'search_path') return false;
  return (
    isPinned(name) ||
    name === 'application_name' ||
    name === 'jit' ||
    name === 'statement_timeout' ||
    name.startsWith('transaction_')
  );
}
