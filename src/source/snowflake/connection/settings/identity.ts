import { existsSync } from 'node:fs';
import { invalidRequest } from '../../../../core/errors.js';
import { Secret } from '../../../../core/secret.js';
import type { GivenSetting, GivenSettings } from './given.js';
import { privateKeyOf } from './private-key.js';
import { type IdentitySettings, type TokenOrigin, type WorkloadProvider, workloadProviders } from './shape.js';

/** Where Snowflake keeps the token of a container that runs in it. */
const containerToken = '/snowflake/session/token';

type Kind = IdentitySettings['kind'];

/** The drivers' words for the ways to log in that nobody has to be there for. */
const kinds: Readonly<Record<string, Kind>> = {
  SNOWFLAKE_JWT: 'key',
  OAUTH: 'oauth',
  PROGRAMMATIC_ACCESS_TOKEN: 'pat',
  WORKLOAD_IDENTITY: 'workload',
  SNOWFLAKE: 'password',
};

/**
 * Who asks: as the authenticator says, else by the first of a private key, a workload's provider, a token whose kind is said, a password, and the
 * token of a container inside of Snowflake.
 * @throws request.invalid
 */
export function identityOf(given: GivenSettings, warnings: string[]): IdentitySettings {
  const kind = kindOf(given);
  const identity = identities[kind](given);
  const others = unused(given, kind).map(({ origin }) => origin);
  if (others.length > 0) warnings.push(`${identity.origin} says who asks; set too, and not used: ${others.join(', ')}`);
  return identity;
}

function kindOf(given: GivenSettings): Kind {
  const { authenticator } = given;
  if (authenticator !== undefined) {
    const word = authenticator.value.toUpperCase();
    if (Object.hasOwn(kinds, word)) return kinds[word]!;
    throw invalidRequest(
      `authenticator: "${authenticator.value}" (${authenticator.origin}) is not known; allowed is ${Object.keys(kinds).join(', ').toLowerCase()}`,
      'Ways to log in that need a browser or a telephone do not go with runs that nobody attends.',
    );
  }
  if ((given['private-key'] ?? given['private-key-file']) !== undefined) return 'key';
  if (given['workload-identity-provider'] !== undefined) return 'workload';
  const token = given.token ?? given['token-file'];
  if (token !== undefined && token.value !== containerToken)
    throw invalidRequest(
      `${token.origin}: it is not said what kind of token that is`,
      'SNOWFLAKE_AUTHENTICATOR=oauth or programmatic_access_token says so.',
    );
  if (given.password !== undefined) return 'password';
  if (token !== undefined || existsSync(containerToken)) return 'oauth';
  throw invalidRequest(
    'source: nothing says who asks Snowflake',
    'Give a key (SNOWFLAKE_PRIVATE_KEY_PATH or SNOWSQL_PRIVATEKEY), a token (SNOWFLAKE_TOKEN with SNOWFLAKE_AUTHENTICATOR), SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER, or a password (SNOWSQL_PWD): docs/databases/snowflake.md.',
  );
}

const identities: Readonly<Record<Kind, (given: GivenSettings) => IdentitySettings>> = {
  key(given) {
    const [text, file] = [given['private-key'], given['private-key-file']];
    const found = text ?? file;
    if (found === undefined) throw missing('a private key', 'SNOWFLAKE_PRIVATE_KEY_PATH or SNOWSQL_PRIVATEKEY');
    const privateKey = privateKeyOf({ ...(text && { text }), ...(file && { file }) }, given.passphrase);
    return { kind: 'key', origin: found.origin, user: userOf(given), privateKey };
  },
  oauth: (given) => ({ kind: 'oauth', user: given.user?.value, ...tokenOf(given) }),
  pat: (given) => ({ kind: 'pat', user: given.user?.value, ...tokenOf(given) }),
  workload(given) {
    const provider = given['workload-identity-provider'];
    if (provider === undefined)
      throw missing('the provider of the workload’s identity', 'SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER');
    const word = provider.value.toUpperCase() as WorkloadProvider;
    if (!workloadProviders.includes(word))
      throw invalidRequest(
        `workload-identity-provider: "${provider.value}" is not known`,
        `Allowed: ${workloadProviders.join(', ')}.`,
      );
    const token = given.token && new Secret(given.token.value);
    if (word === 'OIDC' && token === undefined) throw missing('the token of OIDC', 'SNOWFLAKE_TOKEN');
    return { kind: 'workload', origin: provider.origin, provider: word, token };
  },
  password(given) {
    const { password } = given;
    if (password === undefined) throw missing('a password', 'SNOWSQL_PWD or SNOWFLAKE_PASSWORD');
    return { kind: 'password', origin: password.origin, user: userOf(given), password: new Secret(password.value) };
  },
};

function userOf({ user }: GivenSettings): string {
  if (user === undefined) throw missing('a user', 'SNOWFLAKE_USER or SNOWSQL_USER, or snowflake://user@account/…');
  return user.value;
}

function tokenOf(given: GivenSettings): { readonly token: TokenOrigin; readonly origin: string } {
  const { token } = given;
  if (token !== undefined) return { token: { token: new Secret(token.value) }, origin: token.origin };
  const file = given['token-file'] ?? { value: containerToken, origin: containerToken };
  if (!existsSync(file.value)) {
    if (given['token-file'] === undefined) throw missing('a token', 'SNOWFLAKE_TOKEN or SNOWFLAKE_TOKEN_FILE_PATH');
    throw invalidRequest(`${file.origin}: ${file.value} is not there`, 'Give the path of a file with a token.');
  }
  return { token: { file: file.value }, origin: file.origin };
}

/** What says otherwise who asks. */
function unused(given: GivenSettings, kind: Kind): readonly GivenSetting[] {
  const keys = [given['private-key'], given['private-key-file']];
  const file = given['token-file']?.value === containerToken ? undefined : given['token-file'];
  const tokens = [given.token, file];
  const used = { key: keys, oauth: tokens, pat: tokens, workload: [given.token], password: [given.password] }[kind];
  const provider = kind === 'workload' ? undefined : given['workload-identity-provider'];
  const first = used.find((one) => one !== undefined);
  const all = [...keys, ...tokens, provider, given.password];
  return all.filter((one): one is GivenSetting => one !== undefined && one !== first);
}

const missing = (what: string, where: string): Error =>
  invalidRequest(`source: ${what} is missing`, `Set ${where}: docs/databases/snowflake.md.`);
