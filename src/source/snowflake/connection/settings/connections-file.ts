import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalidRequest, TidemarkError } from '../../../../core/errors.js';
import type { GivenSetting, GivenSettings, SettingName } from './given.js';

/** Not part of every installation. */
const toml = await import('smol-toml').catch(() => undefined);

/** The words of the file, as the vendor's tools know them. */
const words: Readonly<Record<string, SettingName>> = {
  account: 'account',
  user: 'user',
  username: 'user',
  password: 'password',
  authenticator: 'authenticator',
  role: 'role',
  warehouse: 'warehouse',
  database: 'database',
  schema: 'schema',
  host: 'host',
  private_key: 'private-key',
  private_key_raw: 'private-key',
  private_key_path: 'private-key-file',
  private_key_file: 'private-key-file',
  private_key_file_pwd: 'passphrase',
  private_key_passphrase: 'passphrase',
  token: 'token',
  token_file_path: 'token-file',
  workload_identity_provider: 'workload-identity-provider',
  query_tag: 'query-tag',
};

/**
 * What `connections.toml` says of a connection; nothing where no name is asked for and there is no such file.
 * @param asked the connection's name; undefined: `default`
 * @throws request.invalid; source.unsupported where the package that reads the file is missing
 */
export function connectionOf(
  asked: string | undefined,
  { env, home }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): GivenSettings {
  const path = join(env['SNOWFLAKE_HOME']?.trim() || join(home, '.snowflake'), 'connections.toml');
  const text = textOf(path, asked);
  if (text === undefined) return {};
  const all = parsed(text, path);
  const name = asked ?? 'default';
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found === undefined && asked === undefined) return {};
  if (found === null || typeof found !== 'object')
    throw invalidRequest(
      `connection: there is no "${name}" in ${path}`,
      `It has ${Object.keys(all).join(', ') || 'no connection'}.`,
    );
  const given: Partial<Record<SettingName, GivenSetting>> = {};
  for (const [word, value] of Object.entries(found)) {
    const setting = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined;
    if (setting !== undefined && (typeof value === 'string' || typeof value === 'number'))
      given[setting] = { value: String(value), origin: `${word} of [${name}] in connections.toml` };
  }
  return given;
}

function textOf(path: string, asked: string | undefined): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (asked === undefined && code === 'ENOENT') return undefined;
    throw invalidRequest(
      `connection: ${path} cannot be read (${code})`,
      'It is the file of Snowflake’s own tools; SNOWFLAKE_HOME names its folder.',
    );
  }
}

/** Nothing of what stands there is shown. */
function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  if (toml === undefined)
    throw new TidemarkError(
      'source.unsupported',
      `${path} cannot be read: the package that reads TOML is not installed`,
      {
        hint: 'npm install smol-toml',
      },
    );
  try {
    return toml.parse(text);
  } catch (thrown) {
    const { line } = thrown as { readonly line?: number };
    throw invalidRequest(
      `connection: ${path} is no TOML${line === undefined ? '' : `: line ${line}`}`,
      'Repair it; a connection begins with [name].',
    );
  }
}
