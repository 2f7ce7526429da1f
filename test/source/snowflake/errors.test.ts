import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import { ServiceRefusal, snowflakeFailure } from '../../../src/source/snowflake/connection/errors.js';
import { HttpRefusal } from '../../../src/source/snowflake/connection/http.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemarkHere } from '../../support/cli.js';

const roads = ['api', 'chunks'] as const;
const around = { doing: 'read', identity: 'me', secrets: ['s3cret'], hideValues: false };
const clientError = (failure: object): Error => Object.assign(new Error('about it'), failure);

describe('what is thrown', () => {
  it.each<[string, Error, string, boolean, RegExp]>([
    [
      'a connection that is refused',
      clientError({ code: 401001, cause: clientError({ code: 'ECONNREFUSED' }) }),
      'source.unreachable',
      true,
      /network/,
    ],
    ['a name that is not known', clientError({ code: 'ENOTFOUND' }), 'source.unreachable', true, /account’s name/],
    ['a body that is damaged', clientError({ code: 'Z_DATA_ERROR' }), 'source.unreachable', true, /network/],
    [
      'a service that is busy',
      clientError({ code: 401002, response: { statusCode: 503 } }),
      'source.unreachable',
      true,
      /busy/,
    ],
    [
      'another host',
      clientError({ code: 401002, response: { statusCode: 404 } }),
      'source.unreachable',
      false,
      /account’s name/,
    ],
    ['HTTP 429', new HttpRefusal(429, ''), 'source.unreachable', true, /busy/],
    ['HTTP 403', new HttpRefusal(403, ''), 'source.auth', false, /token/],
    ['HTTP 404', new HttpRefusal(404, ''), 'source.protocol', false, /Snowflake/],
    ['a network policy', new ServiceRefusal('390422', 'no'), 'source.permission', false, /network policy/],
    ['a role of the SQL API', new ServiceRefusal('390186', 'no'), 'source.permission', false, /GRANT ROLE/],
    ['a login that is not known here', new ServiceRefusal('394999', 'no'), 'source.auth', false, /Snowflake/],
    ['a session that is no more', new ServiceRefusal('390111', 'no'), 'source.lost', false, /Run again/],
    ['a table that is not there', new ServiceRefusal('002003', 'no'), 'source.not-found', false, /GRANT SELECT/],
    ['a permission', new ServiceRefusal('003001', 'no'), 'source.permission', false, /docs/],
    ['no warehouse', new ServiceRefusal('000606', 'no'), 'request.invalid', false, /warehouse=NAME/],
    ['a statement that somebody cancelled', new ServiceRefusal('000604', 'no'), 'source.lost', false, /cancelled/],
    ['a statement that takes too long', new ServiceRefusal('000630', 'no'), 'source.timeout', false, /--max-statement/],
    ['bad SQL', new ServiceRefusal('001003', 'no', { sqlState: '42000' }), 'source.sql', false, /Snowflake/],
    [
      'a value that is none',
      new ServiceRefusal('100038', 'no', { sqlState: '22018' }),
      'source.sql',
      false,
      /Snowflake/,
    ],
    [
      'a state that the client has',
      clientError({ code: '001234', data: { sqlState: '42501' } }),
      'source.permission',
      false,
      /docs/,
    ],
    ['anything else', clientError({ code: '999999' }), 'source.protocol', false, /Snowflake/],
  ])('%s is told with what to do', (_, failure, code, retryable, hint) => {
    expect(snowflakeFailure(failure, around)).toMatchObject({
      ...{ code, retryable, hint: expect.stringMatching(hint) as string },
    });
  });

  it('is one line without secrets, and without values where these are hidden', () => {
    const bad = new ServiceRefusal('001003', 'error:\n s3cret is no\tnumber', { sqlState: '42000' });
    expect(snowflakeFailure(bad, around).message).toBe('cannot read as me: error: *** is no number');
    // What caused it says the same, and is printed with TIDEMARK_DEBUG=1.
    expect(snowflakeFailure(bad, around).cause).toBeUndefined();
    expect(snowflakeFailure(bad, { ...around, secrets: [] }).cause).toBe(bad);
    expect(snowflakeFailure(bad, { ...around, hideValues: true }).message).toBe(
      'cannot read as me: the service refuses the query',
    );
    expect(snowflakeFailure(clientError({ code: 'other' }), { ...around, hideValues: true }).message).toBe(
      'cannot read as me: what is said may have values of columns that are masked',
    );
    const busy = clientError({ code: 401002, response: { statusCode: 503 } });
    expect(snowflakeFailure(busy, { ...around, identity: undefined }).message).toBe('cannot read: about it (HTTP 503)');
  });
});

let service: SnowflakeStandIn;
let source: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  service = await startSnowflake();
  source = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;
  env = { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile() };
  const columns = [
    { name: 'ID', type: 'NUMBER(9,0)' },
    { name: 'WORD', type: 'VARCHAR' },
  ];
  const rows = Array.from({ length: 10 }, (_, id) => ({ ID: String(id), WORD: `value-canary ${id}` }));
  await service.createTable({ table: 'T', columns, rows });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.faults();
  await service.settings({ jobMillis: 0 });
});

let versions = 0;
const make = (options: Partial<SnapshotOptions>, signal?: AbortSignal): ReturnType<typeof snapshot> =>
  snapshot(
    { source, dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env, ...(signal && { signal }) },
  );
const matching = (text: RegExp): string => expect.stringMatching(text) as string;

describe('a service', () => {
  it('that is not there is told within seconds', async () => {
    const began = Date.now();
    const nobody = `snowflake://${service.account}/DB/PUBLIC?host=http://127.0.0.1:9`;
    await expect(make({ table: 't', source: nobody })).rejects.toMatchObject({
      code: 'source.unreachable',
      message: matching(
        /^cannot log in at http:\/\/127\.0\.0\.1:9 as ROBOT \(key pair: SNOW.*PATH\): connect ECONNREFUSED/,
      ),
      hint: matching(/^Check the account’s name, the network, a proxy/),
    });
    expect(Date.now() - began).toBeLessThan(15_000);
  }, 30_000);

  it('that is another one is told at once', async () => {
    await service.faults({ path: 'login-request', status: 404, times: 9 });
    await expect(make({ table: 't' })).rejects.toMatchObject({
      code: 'source.unreachable',
      message: matching(/: Request to Snowflake failed\. \(HTTP 404\)$/),
    });
    expect((await service.seen()).left).toBe(1);
  });

  it('that is busy at the login is waited for', async () => {
    await service.faults(
      { path: 'login-request', status: 503, times: 2 },
      { path: 'login-request', status: 429, retryAfter: 1 },
      { path: 'login-request', cut: 'before' },
    );
    expect((await make({ table: 't' })).rows).toBe(10);
    expect((await service.seen()).left).toBe(0);
  }, 30_000);

  it('that does not answer a login is left when the run is stopped', async () => {
    await service.faults({ path: 'login-request', wait: 3000 });
    const began = Date.now();
    await expect(make({ table: 't' }, AbortSignal.timeout(300))).rejects.toThrow();
    expect(Date.now() - began).toBeLessThan(2500);
  });
});

describe.each(roads)('a statement, by %s,', (via) => {
  it('about a table that is not there, or not allowed', async () => {
    await expect(make({ table: 'none', via })).rejects.toMatchObject({
      ...{ code: 'source.not-found', message: matching(/DB\.PUBLIC\.NONE/) },
    });
    await expect(make({ query: 'SELECT * FROM none', via })).rejects.toMatchObject({
      code: 'source.not-found',
      message: matching(/Object '.*NONE.*' does not exist or not authorized/i),
    });
  });

  it('about a table that is made anew while the run begins', async () => {
    const path = via === 'api' ? '^/api/v2/statements\\?' : 'query-request';
    const message = 'Time travel data is not available for table T';
    await service.faults({ path, code: '000707', sqlState: '02000', message, skip: via === 'api' ? 0 : 3 });
    await expect(make({ query: 'SELECT id FROM t', via })).rejects.toMatchObject({
      ...{ code: 'source.changed', message: matching(/Time travel data/), hint: matching(/made anew/) },
    });
  });

  it('that is refused for want of a permission', async () => {
    const path = via === 'api' ? '^/api/v2/statements\\?' : 'query-request';
    const skip = via === 'api' ? 0 : 2;
    const denied = { path, code: '003001', sqlState: '42501', message: 'Insufficient privileges to operate on T' };
    await service.faults({ ...denied, skip });
    await expect(make({ query: 'SELECT id FROM t', via })).rejects.toMatchObject({
      ...{ code: 'source.permission', message: matching(/Insufficient privileges to operate on T$/) },
    });
  });

  it('that is no SQL, or fails at a value', async () => {
    await expect(make({ query: 'SELECT nothing FROM t', via })).rejects.toMatchObject({
      ...{ code: 'source.sql', message: matching(/as ROBOT \(.*\): SQL compilation error: .*'?nothing/i) },
    });
    const query = 'SELECT CAST(word AS INTEGER) AS n FROM t';
    await expect(make({ query, via })).rejects.toMatchObject({ code: 'source.sql', message: matching(/value-canary/) });
    const masked = make({ query, via, mask: { N: 'redact' } });
    await expect(masked).rejects.toMatchObject({
      code: 'source.sql',
      message: matching(/the service refuses the query$/),
    });
  });

  it('whose parameters are secret does not tell them', async () => {
    const query = 'SELECT CAST(:word AS INTEGER) AS n FROM t';
    const words = ['--source', source, '--query', query, '--secret-param', 'word=s3cret-canary', '--via', via];
    const run = await tidemarkHere(
      ['snapshot', ...words, '--dataset', 'dataset://d/s', '--out', emptyFolder('out'), '--json'],
      { env },
    );
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject({ code: 'source.sql', message: matching(/\*\*\*/) });
    expect(run.stdout + run.stderr).not.toContain('canary');
  });

  it('that takes too long', async () => {
    await service.settings({ jobMillis: 1500 });
    await expect(make({ query: 'SELECT id FROM t', via, maxStatement: '1s' })).rejects.toMatchObject({
      code: 'source.timeout',
      message: matching(/timeout of 1 second/),
      hint: matching(/--max-statement/),
    });
  });

  it('is cancelled when the run is stopped', async () => {
    const query = `SELECT id, '${via}' AS road FROM t`;
    const found = async (): Promise<readonly { readonly cancelled: boolean }[]> =>
      (await service.seen()).statements.filter(({ sql, describeOnly }) => sql.includes(query) && !describeOnly);
    const stop = new AbortController();
    // The look at the session is a statement, too: only what comes after it takes long.
    const running = make({ query, via }, stop.signal).catch((thrown: unknown) => thrown);
    await service.settings({ jobMillis: 1500 });
    while ((await found()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop.abort();
    expect(await running).toBeInstanceOf(Error);
    for (let look = 0; look < 50 && !(await found())[0]!.cancelled; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await found()).map(({ cancelled }) => cancelled)).toEqual([true]);
  }, 20_000);
});
