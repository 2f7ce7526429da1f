import { invalidRequest } from '../../../../core/errors.js';
import type { ConnectionOrigins } from '../../../../core/source-description.js';
import { identityOf } from './identity.js';
import type { GivenSetting, GivenSettings } from './given.js';
import { gatherSettings } from './origins.js';
import type { SnowflakeSettings } from './shape.js';

const longestTag = 2000;

/**
 * Resolves where the data is and who asks. Reads the files that are named: a key, `connections.toml`.
 * @throws request.invalid naming key, value, and what is allowed
 */
export function resolveConnection({ url, env, home }: ConnectionOrigins): SnowflakeSettings {
  const given = gatherSettings({ url, env, home });
  const warnings: string[] = [];
  const account = accountOf(given.account);
  return {
    account,
    endpoint: endpointOf(given, account),
    identity: identityOf(given, warnings),
    role: given.role?.value,
    warehouse: given.warehouse?.value,
    database: given.database?.value,
    schema: given.schema?.value,
    queryTag: tagOf(given['query-tag']),
    storageIntegration: integrationOf(given['storage-integration']),
    warnings,
  };
}

function accountOf(given: GivenSetting | undefined): string {
  const example = 'It reads organization-account, or locator.region: snowflake://myorg-myaccount/database/schema.';
  if (given === undefined)
    throw invalidRequest('source: the account is not said', `Write it, or set SNOWFLAKE_ACCOUNT. ${example}`);
  const account = given.value.replace(/\.snowflakecomputing\.(?:com|cn)$/i, '');
  if (/^[\w-]+(?:\.[\w-]+)*$/.test(account)) return account;
  throw invalidRequest(`account: "${given.value}" (${given.origin}) is no account of Snowflake`, example);
}

/** Accounts of China are elsewhere; an underscore is no letter of a host's name. */
function endpointOf({ host, account: said }: GivenSettings, account: string): string {
  if (host === undefined) {
    const domain = /\.cn-|\.snowflakecomputing\.cn$/i.test(said?.value ?? '') ? 'cn' : 'com';
    return `https://${account.toLowerCase().replaceAll('_', '-')}.snowflakecomputing.${domain}`;
  }
  const address = /^https?:\/\//.test(host.value) ? host.value : `https://${host.value}`;
  // Without TLS it would say to everybody who asks.
  const isHere = /^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/.test(`${address}/`);
  if (/^https?:\/\/[\w.-]+(?::\d+)?\/?$/.test(address) && (isHere || address.startsWith('https:')))
    return address.replace(/\/$/, '');
  throw invalidRequest(
    `host: "${host.value}" (${host.origin}) is no address`,
    'Write the name of a host, such as myorg-myaccount.privatelink.snowflakecomputing.com.',
  );
}

function tagOf(given: GivenSetting | undefined): string {
  const tag = given?.value ?? 'tidemark';
  if (tag.length <= longestTag) return tag;
  throw invalidRequest(`query-tag: it has ${tag.length} characters`, `Snowflake takes ${longestTag} at most.`);
}

/** A name as SQL has it: what is not "quoted" is folded to upper case there. */
function integrationOf(given: GivenSetting | undefined): string | undefined {
  if (given === undefined || /^(?:[A-Za-z_][\w$]*|"(?:[^"]|"")+")$/.test(given.value)) return given?.value;
  throw invalidRequest(
    `storage-integration: "${given.value}" (${given.origin}) is no name`,
    'Write it as in SHOW STORAGE INTEGRATIONS; with "quotes" where it has small letters or others than letters, digits, _ and $.',
  );
}
