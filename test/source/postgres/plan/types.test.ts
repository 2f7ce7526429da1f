import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import { typeName } from '../../../../src/core/types.js';
import { connect } from '../../../../src/source/postgres-protocol/connect.js';
import type { PostgresSettings } from '../../../../src/source/postgres-protocol/settings.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { open } from '../../../../src/source/postgres/open.js';
import { typeFacts } from '../../../../src/source/postgres/plan/type-facts.js';
import { ruleOf, typeTable } from '../../../../src/source/postgres/plan/type-rule.js';
import { planColumn, selectExpression } from '../../../../src/source/postgres/plan/types.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { requestOf } from '../open-request.js';

const plain = { cast: undefined, redacted: false, secrets: [], unchecked: false, via: 'copy' } as const;

describe.each(['postgres18', 'postgres14'] as const)('%s', (key) => {
  let db: FreshDatabase;
  beforeAll(async () => {
    db = await freshDatabase(inject(key));
  });
  afterAll(() => db.drop());

  const column = async (type: string, options: Parameters<typeof requestOf>[1] = {}) => {
    const request = requestOf(db.url, { tables: [{ name: 'q', query: `SELECT NULL::${type} AS c` }], ...options });
    const source = await open(request, new AbortController().signal);
    await source.close();
    return source.tables[0]!.columns[0]!;
  };

  it('has the names and ids of types that the server has', async () => {
    const rows = await db.query<{ oid: number; name: string }>(
      'SELECT oid, format_type(oid, NULL) AS name FROM pg_type WHERE oid = ANY ($1::oid[])',
      [Object.keys(typeTable)],
    );
    const names = Object.fromEntries(rows.map(({ oid, name }) => [oid, name]));
    expect(names).toEqual(Object.fromEntries(Object.entries(typeTable).map(([oid, { name }]) => [oid, name])));
  });

  it('plans a column of every type in the catalog, which there is a decoder for', async () => {
    const types = await db.query<{ oid: number; name: string }>(
      `SELECT oid, format_type(oid, NULL) AS name FROM pg_type WHERE typtype <> 'd' ORDER BY oid`,
    );
    expect(types.length).toBeGreaterThan(400);
    const settings = requestOf(db.url, {}).connection as PostgresSettings;
    const connection = await connect(settings, { signal: new AbortController().signal });
    const asked = types.map((type) => ({ ...type, typmod: -1 }));
    const facts = await typeFacts(connection, asked);
    await connection.close();
    for (const known of facts) {
      const { column, reading } = planColumn('c', known, plain);
      expect(() => createDecoder([column], { misfit: 'fail', infinity: 'misfit' })).not.toThrow();
      if (reading === 'output') expect(column).toMatchObject({ wire: 'text', exactness: 'widened' });
      else expect(known.send, known.name).toBeDefined();
      expect(planColumn('c', known, { ...plain, cast: 'text' }).column.type.kind).toBe('text');
    }
    const built = facts.filter((known) => planColumn('c', known, plain).reading === 'output').map(({ name }) => name);
    expect(built).toEqual(expect.arrayContaining(['point', 'tsvector', 'regclass', 'point[]', 'oidvector']));
    expect(built).not.toEqual(expect.arrayContaining(['integer[]']));
  });

  it('reads a table with a column of every type that a table can have', async () => {
    const types = await db.query<{ oid: number; name: string }>(
      `SELECT oid, format_type(oid, NULL) AS name FROM pg_type
        WHERE typtype IN ('b', 'e', 'r', 'm', 'c') AND typisdefined AND oid NOT IN (SELECT reltype FROM pg_class WHERE relname LIKE 'all_types%')
          AND (typtype <> 'c' OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c' OR relname = 'pg_am'))
          AND typname NOT IN ('anyarray', 'unknown', '_record', '_cstring') AND typtype <> 'p'`,
    );
    const creatable: string[] = [];
    const client = await db.connect();
    for (const [i, { name }] of types.entries()) {
      const made = await client.query(`CREATE TEMP TABLE probe_${i} (c ${name})`).then(
        () => true,
        () => false,
      );
      if (made) creatable.push(`c${i} ${name}`);
    }
    await client.end();
    expect(creatable.length).toBeGreaterThan(150);
    await db.query(`CREATE TABLE all_types (${creatable.join(', ')}); INSERT INTO all_types DEFAULT VALUES`);
    const source = await open(
      requestOf(db.url, { tables: [{ name: 't', table: 'all_types' }] }),
      new AbortController().signal,
    );
    expect(source.tables[0]!.columns).toHaveLength(creatable.length);
    const ticket = source.ticket as { statements: { literal: string }[] };
    expect(await db.query(ticket.statements[0]!.literal)).toHaveLength(1);
    await source.close();
  });

  it.each([
    ['numeric(15,2)', 'decimal128(15,2)', 'exact'],
    ['numeric(38,38)', 'decimal128(38,38)', 'exact'],
    ['numeric(39,0)', 'utf8', 'widened'],
    ['numeric', 'utf8', 'widened'],
    ['numeric(1000,1000)', 'utf8', 'widened'],
    ['varchar(7)', 'utf8', 'exact'],
    ['char(7)', 'utf8', 'exact'],
    ['name', 'utf8', 'exact'],
    ['timestamptz(3)', 'timestamp[us, UTC]', 'exact'],
    ['timestamp', 'timestamp[us]', 'exact'],
    ['time(0)', 'time64[us]', 'exact'],
    ['timetz', 'utf8', 'widened'],
    ['interval', 'struct<months: int32, days: int32, microseconds: int64>', 'exact'],
    ['int[]', 'list<int32>', 'exact'],
    ['numeric(10,2)[][]', 'list<decimal128(10,2)>', 'exact'],
    ['numeric[]', 'list<utf8>', 'widened'],
    ['point[]', 'utf8', 'widened'],
    ['int4range', 'struct<lower: int32, upper: int32, lower_inc: bool, upper_inc: bool, empty: bool>', 'exact'],
    ['money', 'decimal128(19,2)', 'exact'],
    ['inet', 'utf8', 'widened'],
    ['oid', 'int64', 'widened'],
    ['"char"', 'utf8', 'exact'],
    ['json', 'json', 'exact'],
    ['uuid', 'uuid', 'exact'],
    ['bytea', 'binary', 'exact'],
  ])('%s → %s, %s', async (type, name, exactness) => {
    const planned = await column(type);
    expect(typeName(planned.type)).toBe(name);
    expect(planned.exactness).toBe(exactness);
    if (exactness === 'widened') expect(planned.note).toBeTruthy();
  });

  it('looks under domains, and knows enums', async () => {
    await db.query(`CREATE DOMAIN price AS numeric(10,2); CREATE DOMAIN euro AS price CHECK (VALUE > 0);
      CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN moody AS mood;
      CREATE TABLE domains (a euro, b moody, c mood, d euro[])`);
    const source = await open(
      requestOf(db.url, { tables: [{ name: 't', table: 'domains' }] }),
      new AbortController().signal,
    );
    await source.close();
    const [a, b, c, d] = source.tables[0]!.columns;
    expect(a).toMatchObject({
      sourceType: 'public.euro',
      wire: 'numeric',
      type: { kind: 'decimal', precision: 10, scale: 2 },
    });
    expect(b).toMatchObject({ sourceType: 'public.moody', wire: 'text', exactness: 'exact' });
    expect(c).toMatchObject({ sourceType: 'public.mood', wire: 'text', exactness: 'exact' });
    expect(d).toMatchObject({ sourceType: 'public.euro[]', wire: 'array', exactness: 'exact' });
  });

  it.runIf(key === 'postgres18')('keeps negative scales and scales above the precision exact', async () => {
    expect((await column('numeric(5,-2)')).type).toEqual({ kind: 'decimal', precision: 7, scale: 0 });
    expect((await column('numeric(3,5)')).type).toEqual({ kind: 'decimal', precision: 5, scale: 5 });
    expect((await column('numeric(37,-2)')).type).toEqual({ kind: 'text' });
    const [row] = await db.query<Record<string, string>>(
      `SELECT (99999 * 100 + 49)::numeric(5,-2)::text AS most, 0.009994::numeric(3,5)::text AS least`,
    );
    expect(row).toEqual({ most: '9999900', least: '0.00999' });
  });

  it('casts numerics to decimals, also inside of arrays, and anything to text', async () => {
    expect(await column('numeric[]', { casts: { c: 'list<decimal(20,4)>' } })).toMatchObject({
      type: { kind: 'list', of: { kind: 'decimal', precision: 20, scale: 4 } },
      wire: 'array',
      exactness: 'exact',
    });

    expect((await column('numeric', { casts: { c: 'decimal(20,4)' } })).type).toEqual({
      kind: 'decimal',
      precision: 20,
      scale: 4,
    });
    expect((await column('numeric', { casts: { c: 'decimal256(60,4)' } })).type).toEqual({
      kind: 'decimal',
      precision: 60,
      scale: 4,
    });
    expect(await column('timestamptz', { casts: { c: 'text' } })).toMatchObject({
      wire: 'text',
      cast: 'text',
      exactness: 'widened',
    });
    for (const [type, cast, message] of [
      ['int', 'decimal(10,2)', 'decimals are for numeric; allowed is text'],
      ['int[]', 'list<decimal(10,2)>', 'decimals are for numeric; allowed is text'],
      ['numeric[]', 'decimal(10,2)', 'allowed is text, or list<decimal(p,s)>'],
      ['numeric', 'float', 'allowed is text, or decimal(p,s)'],
      ['numeric', 'decimal128(39,0)', 'goes from 1 to 38'],
      ['numeric', 'decimal256(20,0)', 'goes from 39 to 76'],
      ['numeric', 'decimal(5,6)', 'the scale goes from 0 to the precision, 5'],
    ] as const) {
      const error = (await column(type, { casts: { c: cast } }).catch((thrown: unknown) => thrown)) as TidemarkError;
      expect(error.code).toBe('request.invalid');
      expect(error.message).toContain(message);
    }
  });

  it('reads every type that is cast to text as COPY writes it, and as psql shows it', async () => {
    await db.query(`CREATE TYPE pair AS (a int, b text);
      CREATE TABLE others (arr int[], texts text[], p pair, i inet, c cidr, v interval, m money, ts tsvector, r int4range, b box,
        ch "char", bits bit(3), tz timetz, mac macaddr, mr int4multirange, n numeric, nn numeric(60,3), nested pair[], x pg_lsn, o oid,
        bo bool, bp char(5), f float8, t timestamptz, y bytea);
      INSERT INTO others VALUES
        ('{1,NULL,3}', '[0:1]={a,"b c"}', ROW(1, 'a b'), '10.0.0.1', '10.0.0.0/8', '1 mon 2 days 03:00:00.5', 1234.5, 'a:1 b:2', '[1,5)',
         '(1,2),(3,4)', 'z', '101', '10:00:00+02', '08:00:2b:01:02:03', '{[1,2),[5,6)}', 1.500, 1.5, '{"(1,\\"x y\\")",NULL}', '0/1', 7,
         true, 'ab', 0.1, '2024-01-01 00:00:00+00', '\\x00ff'),
        ('{}', '{}', ROW(NULL, NULL), '10.0.0.1/8', NULL, '-1 day', '-0.01', '', 'empty', NULL, '\\200', NULL, '24:00:00-15:59', NULL, '{}',
         'NaN', 'NaN', '{}', NULL, 4294967295, false, '', 'NaN', 'infinity', ''),
        (NULL, NULL, NULL, NULL, NULL, 'P10000Y', NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, 'Infinity', NULL, NULL, NULL, NULL,
         NULL, NULL, '-0', '-infinity', NULL),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '1e-130', NULL, NULL, NULL, NULL,
         NULL, NULL, '1e300', '0044-03-15 BC', NULL)`);
    const names = 'arr texts p i c v m ts r b ch bits tz mac mr n nn nested x o bo bp f t y'.split(' ');
    const casts = Object.fromEntries(names.map((name) => [name, 'text']));
    const source = await open(
      requestOf(db.url, { tables: [{ name: 't', table: 'others' }], casts }),
      new AbortController().signal,
    );
    const ticket = source.ticket as { statements: { literal: string }[] };
    await source.close();
    const settings = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET lc_monetary = 'C';`;
    const copy = (sql: string): string =>
      execFileSync('psql', ['-qAtX', '-c', `${settings} COPY (${sql}) TO STDOUT`], {
        env: { ...process.env, ...db.psqlEnv },
      }).toString();
    const texts = copy('SELECT * FROM others');
    expect(texts).toContain('{"(1,\\\\"x y\\\\")",NULL}');
    expect(copy(ticket.statements[0]!.literal)).toBe(texts);
  });

  it('reads pseudo-types that only queries have', async () => {
    const source = await open(
      requestOf(db.url, {
        tables: [
          {
            name: 'q',
            query: `SELECT ROW(1, 'x', NULL) AS r, pg_sleep(0) AS v, 'lit' AS l, most_common_vals AS a FROM (SELECT most_common_vals FROM pg_stats UNION ALL SELECT NULL LIMIT 1) AS s`,
          },
        ],
      }),
      new AbortController().signal,
    );
    const ticket = source.ticket as { statements: { literal: string }[] };
    await source.close();
    const [row] = await db.query<Record<string, string>>(ticket.statements[0]!.literal);
    expect(row).toMatchObject({ r: '(1,x,)', v: '', l: 'lit' });
  });
});

it('marks text of SQL_ASCII databases for checking', () => {
  const wire = (oid: number): string =>
    planColumn('c', { name: '', oid, typmod: -1, kind: 'b', domain: false }, { ...plain, unchecked: true }).column.wire;
  expect([25, 114, 3802, 600, 23].map(wire)).toEqual([
    'text-unchecked',
    'text-unchecked',
    'jsonb-unchecked',
    'text-unchecked',
    'int4',
  ]);
});

it('keeps a composite of NULLs apart from NULL', () => {
  expect(selectExpression('t."p"', { reading: 'output' })).toBe(
    `CASE WHEN pg_catalog.num_nulls(t."p") OPERATOR(pg_catalog.=) 0 THEN pg_catalog.format('%s', t."p") END`,
  );
  expect(ruleOf({ name: 'x', oid: 99999, typmod: -1, kind: 'c', domain: false }).note).toContain('composite');
});
