import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asking, type Answer } from './snowflake/asking.js';
import { columns, types, values, wire } from './snowflake/every-type.js';
import { passphrase, startSnowflake, type SnowflakeStandIn } from './snowflake/snowflake.js';
import { vendorClient } from './snowflake/vendor-client.js';

type Options = Record<string, unknown>;

let standIn: SnowflakeStandIn;
let client: Awaited<ReturnType<typeof vendorClient>>;
let ask: ReturnType<typeof asking>;

const values1 = async (sql: string) => (await ask.query(sql)).data.rowset[0] as unknown[];

const orders = [
  { name: 'ID', type: 'NUMBER(38,0)' },
  { name: 'WORD', type: 'VARCHAR' },
];
const rows = (...ids: number[]) => ids.map((id) => ({ ID: String(id), WORD: `w${id}` }));

beforeAll(async () => {
  standIn = await startSnowflake();
  ask = asking(standIn);
  client = await vendorClient(standIn);
});
beforeEach(() => standIn.empty());
afterAll(() => {
  standIn.stop();
  client.restore();
});

describe('who asks', () => {
  it('lets the driver in by password and key pair', async () => {
    await client.connect({ password: standIn.password });
    const privateKey = readFileSync(standIn.keyFile({ encrypted: true }), 'utf8');
    await client.connect({ authenticator: 'SNOWFLAKE_JWT', privateKey, privateKeyPass: passphrase });
    const wrong = readFileSync(standIn.keyFile({ wrong: true }), 'utf8');
    await expect(client.connect({ authenticator: 'SNOWFLAKE_JWT', privateKey: wrong })).rejects.toThrow(
      'JWT token is invalid',
    );
    expect((await standIn.seen()).logins.map(({ good }) => good)).toEqual([true, true, false]);
  });

  it('tells what is wrong with each kind of login', async () => {
    const code = async (data: Options, search = '') => (await ask.login(data, search)).code as string | null;
    const { oauth, access, workload } = standIn.tokens;
    expect(await code({ PASSWORD: 'x' })).toBe('390100');
    expect(await code({ AUTHENTICATOR: 'SNOWFLAKE_JWT', TOKEN: standIn.jwt() })).toBe(null);
    expect(await code({ AUTHENTICATOR: 'SNOWFLAKE_JWT', TOKEN: standIn.jwt({ expired: true }) })).toBe('390144');
    expect(await code({ AUTHENTICATOR: 'OAUTH', TOKEN: oauth })).toBe(null);
    expect(await code({ AUTHENTICATOR: 'OAUTH', TOKEN: 'x' })).toBe('390303');
    expect(await code({ AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN', TOKEN: access })).toBe(null);
    expect(await code({ AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN', TOKEN: 'x' })).toBe('394400');
    expect(await code({ AUTHENTICATOR: 'WORKLOAD_IDENTITY', PROVIDER: 'AWS', TOKEN: workload })).toBe(null);
    expect(await code({ PASSWORD: standIn.password }, '?roleName=nobody')).toBe('390189');
    const wrong = { ...ask.apiHeaders(), authorization: `Bearer ${standIn.jwt({ wrong: true })}` };
    expect(await ask.post('/api/v2/statements', { statement: 'select 1' }, wrong)).toMatchObject({
      status: 401,
      code: '390144',
    });
  });

  it('renews what has expired', async () => {
    const { token, master } = await ask.session();
    await standIn.expireSessions();
    expect((await ask.query('select 1', { token })).code).toBe('390112');
    const renewed = await ask.post(
      '/session/token-request',
      { oldSessionToken: token, requestType: 'RENEW' },
      ask.authorized(master),
    );
    expect((await ask.query('select 1', { token: renewed.data.sessionToken })).data.rowset).toEqual([['1']]);
    const connection = await client.connect({ password: standIn.password });
    await standIn.expireSessions();
    expect(await client.execute(connection, 'select 1')).toEqual([['1']]);
    expect((await standIn.seen()).renewals).toBe(2);
  });
});

describe('values', () => {
  beforeEach(async () => {
    const row = Object.fromEntries(columns.map(({ name }, i) => [name, values[i]]));
    await standIn.createTable({ table: 'T', columns, rows: [row, { N: '0' }] });
  });

  it('are exact by both protocols', async () => {
    const { data } = await ask.query('select * from t');
    expect(data.rowset[0]).toEqual(wire);
    expect(data.rowset[1].slice(1)).toEqual(columns.slice(1).map(() => null));
    expect(data.rowtype.map(({ type }: Answer) => type)).toEqual(types);
    expect(data.rowtype[0]).toMatchObject({ name: 'N', nullable: false, precision: 38, scale: 9, table: 'T' });
    const answer = await ask.api('select * from t');
    expect(answer.data[0]).toEqual(wire.map((one, i) => (types[i] === 'boolean' ? 'true' : one)));
    expect(answer.resultSetMetaData.rowType.map(({ type }: Answer) => type)).toEqual(types);
  });

  it('are cast, formatted and compared', async () => {
    const texts = `c7::date::varchar, to_varchar(d0, 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM'), c6::varchar, c5::varchar, d1::varchar, to_json(d1)`;
    expect(await values1(`select ${texts} from t limit 1`)).toEqual([
      ...['1969-12-31', '2024-01-31 12:34:56.123456789 +05:30', '9999-12-31 23:59:59.999', '12:34:56', null, 'null'],
    ]);
    const where = (condition: string) => values1(`select count(*) from t where ${condition}`);
    expect(
      await where(
        `c7 < '1969-12-31 23:59:58.500000001'::timestamp_ntz and c7 = '1969-12-31 23:59:58.5'::timestamp_ntz(3)`,
      ),
    ).toEqual(['1']);
    expect(await where(`d0 = '2024-01-31 07:04:56.123456789 +00:00'::timestamp_tz`)).toEqual(['1']);
    const bindings = { 1: { type: 'FIXED', value: '5' }, 2: { type: 'TIMESTAMP_NTZ', value: '-1500000000' } };
    expect((await ask.query(`select :1, :2, ?`, { bindings })).data.rowset[0]).toEqual(['5', '-1.500000000', '5']);
  });
});

describe('statements', () => {
  it('come in chunks, which need their headers and expire', async () => {
    await standIn.createTable({
      table: 'BIG',
      columns: orders,
      generate: `select i::decimal(38,0), 'w' || i from range(3500) t(i)`,
    });
    await standIn.settings({ inlineRows: 500, chunkRows: 2000 });
    const { token } = await ask.session();
    const { data } = await ask.query('select * from big', { token });
    expect(data.rowset.length).toBe(500);
    expect(data.chunks.map(({ rowCount }: Answer) => rowCount)).toEqual([2000, 1000]);
    expect((await fetch(data.chunks[0].url)).status).toBe(400);
    const response = await fetch(data.chunks[1].url, { headers: data.chunkHeaders });
    const text = await response.text();
    expect(text.length).toBe(data.chunks[1].uncompressedSize);
    expect((JSON.parse(`[${text}]`) as unknown[]).at(-1)).toEqual(['3499', 'w3499']);
    await standIn.expireChunks();
    expect((await fetch(data.chunks[1].url, { headers: data.chunkHeaders })).status).toBe(403);
    const again = (await (
      await fetch(`${standIn.url}/queries/${data.queryId}/result`, { headers: ask.authorized(token) })
    ).json()) as Answer;
    expect((await fetch(again.data.chunks[1].url, { headers: data.chunkHeaders })).status).toBe(200);
    const connection = await client.connect({ password: standIn.password });
    expect((await client.execute(connection, 'select * from big')).length).toBe(3500);
    expect((await standIn.seen()).chunks.map(({ status }) => status)).toEqual([400, 200, 403, 200, 200, 200]);
  });

  it('come in partitions by the SQL API', async () => {
    await standIn.createTable({
      table: 'BIG',
      columns: orders,
      generate: `select i::decimal(38,0), 'w' || i from range(3500) t(i)`,
    });
    await standIn.settings({ partitionRows: 1500 });
    const first = await ask.api('select * from big order by id', { parameters: { query_tag: 'mine' } });
    const { numRows, partitionInfo } = first.resultSetMetaData;
    expect([numRows, partitionInfo.map(({ rowCount }: Answer) => rowCount)]).toEqual([3500, [1500, 1500, 500]]);
    expect((await ask.read(`${first.statementStatusUrl}?partition=2`)).data.at(-1)).toEqual(['3499', 'w3499']);
    expect((await standIn.seen()).statements[0]).toMatchObject({
      road: 'api',
      tag: 'mine',
      warehouse: 'WH',
      role: 'READER',
    });
    expect(await ask.api('select nope from big')).toMatchObject({ status: 422, code: '000904' });
  });

  it('find versions and changes', async () => {
    const first = await standIn.createTable({ table: 'T', columns: orders, rows: rows(1, 2, 3), changeTracking: true });
    await standIn.append({ table: 'T' }, rows(4));
    const ids = async (sql: string) => ((await ask.query(sql)).data.rowset as unknown[][]).map((row) => row.join(' '));
    expect(await ids(`select id from t at(timestamp => '${first.time}'::timestamp_ltz) order by id`)).toEqual([
      '1',
      '2',
      '3',
    ]);
    await standIn.change({ table: 'T', delete: '"ID" in (1, 4)' });
    await standIn.change({ table: 'T', set: `"WORD" = 'new'`, where: '"ID" = 2' });
    const changes = `changes(information => default) at(timestamp => '${first.time}'::timestamp_ltz)`;
    expect(await ids(`select id, word, metadata$action, metadata$isupdate from t ${changes} order by id, 3`)).toEqual([
      ...['1 w1 DELETE 0', '2 w2 DELETE 1', '2 new INSERT 1'],
    ]);
    expect(await ask.query(`select * from t at(timestamp => '2020-01-01'::timestamp_ltz)`)).toMatchObject({
      code: '000707',
    });
  });

  it('run once for a request, without waiting, until they are cancelled or late', async () => {
    await standIn.createTable({ table: 'T', columns: orders, rows: rows(1) });
    const { token } = await ask.session();
    const twice = await Promise.all(
      ['same', 'same'].map((requestId) => ask.query('select * from t', { token, requestId })),
    );
    expect(new Set(twice.map(({ data }) => data.queryId)).size).toBe(1);
    await standIn.settings({ jobMillis: 3000, pollMillis: 50, apiWaitMillis: 50 });
    const started = await ask.query('select * from t', { token, asyncExec: true });
    expect(started.code).toBe('333334');
    const result = async () =>
      (await (
        await fetch(`${standIn.url}${started.data.getResultUrl}`, { headers: ask.authorized(token) })
      ).json()) as Answer;
    expect((await result()).code).toBe('333333');
    await ask.post(`/queries/${started.data.queryId}/abort-request`, {}, ask.authorized(token));
    expect((await result()).code).toBe('000604');
    const slow = await ask.api('select * from t', {}, '?async=true');
    expect([slow.status, slow.code]).toEqual([202, '333334']);
    expect((await ask.post(`${slow.statementStatusUrl}/cancel`, {}, ask.apiHeaders())).status).toBe(200);
    await standIn.settings({ pollMillis: 5000 });
    expect((await ask.query('select * from t', { token, parameters: { STATEMENT_TIMEOUT_IN_SECONDS: 1 } })).code).toBe(
      '000630',
    );
    expect((await standIn.seen()).statements.filter(({ cancelled }) => cancelled).length).toBe(2);
  });

  it('use a warehouse only to read tables', async () => {
    await standIn.createTable({ table: 'T', columns: orders, rows: rows(1) });
    await standIn.createTable({ table: 'V', kind: 'VIEW', query: 'select id from t where id > 0' });
    const { token } = await ask.session();
    await ask.query('select * from t', { token, describeOnly: true });
    for (const sql of [
      'show tables',
      'describe table t',
      'explain using json select * from t',
      'select 1',
      'show warehouses',
    ])
      expect((await ask.query(sql, { token })).success).toBe(true);
    expect((await standIn.seen()).warehouses).toEqual([]);
    expect((await ask.query('select * from v', { token })).data.rowset).toEqual([['1']]);
    await ask.query('select * from t', { token });
    expect((await standIn.seen()).warehouses.map(({ resumed }) => resumed)).toEqual([true, false]);
    const none = (await ask.session('?warehouse=none')).token;
    expect((await ask.query('select * from t', { token: none })).code).toBe('000606');
    expect((await ask.query('drop table t', { token })).code).toBe('003001');
  });

  it('meet faults on command', async () => {
    await standIn.createTable({ table: 'T', columns: orders, rows: rows(1) });
    const { token } = await ask.session();
    await standIn.faults(
      { path: 'query-request', code: '000630' },
      { path: 'query-request', cutAfter: 10 },
      { schema: 'other' },
      { path: '^/api', status: 429, retryAfter: 1 },
    );
    expect((await ask.query('select * from t', { token })).code).toBe('000630');
    await expect(ask.query('select * from t', { token })).rejects.toThrow();
    expect((await ask.api('select * from t')).status).toBe(429);
    expect((await standIn.seen()).left).toBe(0);
    await standIn.faults({ schema: 'other' });
    expect((await ask.query('select id from t', { token, describeOnly: true })).data.rowtype[0].type).toBe('fixed');
    expect((await ask.query('select id from t', { token })).data.rowtype[0].type).toBe('boolean');
  });
});
