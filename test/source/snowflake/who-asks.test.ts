import type * as NodeFs from 'node:fs';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SnowflakeService } from '../../../src/source/snowflake/connection/service.js';
import { resolveConnection } from '../../../src/source/snowflake/connection/settings/resolve.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { tableRows } from '../../support/markdown-table.js';

/** Each row is a branch of the tree that the page has. */
const page = readFileSync(new URL('../../../docs/databases/snowflake.md', import.meta.url), 'utf8');
const branches = tableRows(page, 'where it runs | what is set | how it logs in');

const files = vi.hoisted(() => ({ container: '/snowflake/session/token', token: undefined as string | undefined }));
// Where Snowflake puts a file into its containers; nobody else may write there.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof NodeFs>();
  return {
    ...fs,
    existsSync: (path: string) => (path === files.container ? files.token !== undefined : fs.existsSync(path)),
    readFileSync: (path: string, ...more: never[]) =>
      path === files.container ? `${files.token}\n` : (fs.readFileSync(path, ...more) as unknown),
  };
});

let service: SnowflakeStandIn;
beforeAll(async () => {
  service = await startSnowflake();
  // The vendor's client gives a workload's token to Snowflake's own hosts alone.
  process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'] = '127.0.0.1';
});
afterAll(() => service.stop());

type Env = Readonly<Record<string, string>>;

/** What is set, by the words of the page; several where it names several. */
const given: Readonly<Record<string, () => readonly Env[]>> = {
  nothing: () => [{}],
  '`SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER`': () => [
    { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC', SNOWFLAKE_TOKEN: service.tokens.workload },
  ],
  '`SNOWFLAKE_PRIVATE_KEY_PATH` or `SNOWSQL_PRIVATEKEY`, and the user': () => [
    { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile() },
    { SNOWSQL_USER: service.user, SNOWSQL_PRIVATEKEY: readFileSync(service.keyFile({ headerless: true }), 'utf8') },
  ],
  '`SNOWFLAKE_AUTHENTICATOR=oauth` and `SNOWFLAKE_TOKEN`': () => [
    { SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_TOKEN: service.tokens.oauth },
  ],
  '`SNOWFLAKE_AUTHENTICATOR=programmatic_access_token` and `SNOWFLAKE_TOKEN`': () => [
    { SNOWFLAKE_AUTHENTICATOR: 'programmatic_access_token', SNOWFLAKE_TOKEN: service.tokens.access },
  ],
  '`SNOWFLAKE_PASSWORD` or `SNOWSQL_PWD`, and the user': () => [
    { SNOWFLAKE_USER: service.user, SNOWFLAKE_PASSWORD: service.password },
    { SNOWSQL_USER: service.user, SNOWSQL_PWD: service.password },
  ],
};

describe('the branches of the tree that says who asks', () => {
  it('are those that can be taken', () => {
    expect([...new Set(branches.map(([, set]) => set))].sort()).toEqual(Object.keys(given).sort());
  });

  it.each(branches.map(([where, set, how]) => [where!, set!, how!.replaceAll('`', '')] as const))(
    '%s: %s',
    async (where, set, how) => {
      files.token = where.includes('container') ? service.tokens.oauth : undefined;
      for (const env of given[set]!()) {
        const url = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;
        const connection = resolveConnection({ url, env, home: '/nonexistent' });
        const told = { secrets: [], hideValues: false };
        const opened = await SnowflakeService.open(
          { connection, maxStatement: undefined },
          new AbortController().signal,
          told,
        );
        expect(connection.warnings).toEqual([]);
        expect(opened.facts.user).toBe(service.user);
        await opened.close();
        const login = (await service.seen()).logins.at(-1)!;
        expect([login.good, login.authenticator]).toEqual([true, how]);
      }
    },
  );

  it('end where nothing says so', () => {
    files.token = undefined;
    const url = `snowflake://${service.account}/DB/PUBLIC`;
    expect(() => resolveConnection({ url, env: {}, home: '/nonexistent' })).toThrow(/nothing says who asks Snowflake/);
  });
});
