import { inspect } from 'node:util';
import { isSecret, valueOf } from '../../../src/core/parameters.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { machineCores } from '../../../src/machine/cores.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OptionContext, type OptionInput, readOptions, resolvePlan } from '../../../src/snapshot/options.js';
import type { Plan } from '../../../src/snapshot/plan.js';
import { plainContext } from './context.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tidemark-plan-'));
  await writeFile(path.join(folder, 'q.sql'), '\uFEFFSELECT * FROM t WHERE d < :date AND s > :since;\n');
  await writeFile(path.join(folder, 'empty.sql'), ' \n');
});
afterAll(() => rm(folder, { recursive: true }));

const source = 'postgres://ml:hunter2@db.example.com/shop?sslmode=require';
const basic = { source, table: 'sales.orders', dataset: 'dataset://orders/{date}' };

async function plan(library: object, changes: Partial<OptionContext> = {}, more: OptionInput = {}): Promise<Plan> {
  const context = plainContext({ cwd: folder, ...changes });
  return resolvePlan(await readOptions({ library, configFile: false, ...more }, context), context);
}

/** The error that options give. */
async function refused(
  library: object,
  env: OptionContext['env'] = {},
): Promise<Error & { code: string; hint: string }> {
  return plan(library, { env }).then(
    () => expect.unreachable(`accepted ${JSON.stringify(library)}`),
    (error: unknown) => error as Error & { code: string; hint: string },
  );
}

describe('a plan', () => {
  it('has every default', async () => {
    const decided = await plan(basic);
    expect({ ...decided, source: { ...decided.source, connection: 'hidden' } }).toEqual({
      sourceKind: 'postgres',
      source: {
        connection: 'hidden',
        tables: [
          { name: 'orders', table: 'sales.orders', casts: {}, redacted: [], limit: undefined, dateColumn: undefined },
        ],
        parameters: [],
        via: 'copy',
        maxStatement: undefined,
        stallLimit: 3_600_000,
        consistency: 'snapshot',
        hideValues: false,
      },
      misfits: { misfit: 'fail', infinity: 'misfit' },
      keepsFiles: true,
      digest: true,
      datasetCard: false,
      masks: { columns: {}, key: undefined },
      sample: undefined,
      parts: [],
      chain: undefined,
      tables: [{ masks: {}, named: [], expected: [] }],
      tracksDeletes: false,
      split: undefined,
      label: undefined,
      expected: [],
      out: path.join(folder, 'outputs'),
      dataset: 'orders',
      version: '2024-01-15',
      from: undefined,
      tags: [],
      alias: undefined,
      properties: {},
      name: 'orders-2024-01-15-{index}',
      format: 'parquet',
      compression: 'snappy',
      shardSize: 134_217_728,
      scratch: undefined,
      lockWait: 60_000,
      retryFor: 60_000,
      whenLost: 'fail',
      resumes: false,
      lanes: 'auto',
      cores: machineCores({}),
      memory: undefined,
      date: '2024-01-15',
      timeZone: 'UTC',
      startedAt: new Date('2024-01-15T10:30:00Z'),
      run: expect.stringMatching(/^[a-z0-9]{8}$/),
      lineage: undefined,
      command:
        "tidemark snapshot --source 'postgres://ml@db.example.com/shop?sslmode=require' --table sales.orders " +
        '--dataset dataset://orders/2024-01-15',
      warnings: [],
    });
  });

  it('is frozen all the way down', async () => {
    const decided = await plan(basic);
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      value instanceof Date ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(decided)).toBe(true);
  });

  it('names tables, and refuses two of one name', async () => {
    const { source: request, name } = await plan({
      ...basic,
      table: { now: 'orders', 'old ones': 'archive."Order lines"' },
    });
    expect(request.tables.map((table) => table.name)).toEqual(['now', 'old ones']);
    expect(name).toBe('orders-2024-01-15--{table}-{index}');
    const quoted = await plan({ ...basic, table: 'archive."Order lines"' });
    expect(quoted.source.tables[0]!.name).toBe('Order lines');
    expect((await refused({ ...basic, table: ['a.x', 'b.x'] })).message).toBe(
      'table: "x" and "x" would have files of the same name',
    );
  });
});

describe('going on with a run that was killed', () => {
  it('is refused of sources whose moments end with their sessions, with what to do', async () => {
    const { code, message, hint } = await refused({ ...basic, resume: true });
    expect(code).toBe('request.invalid');
    expect(message).toMatch(/^resume: postgres:\/\/ cannot give the moment of a run that has ended once more/);
    expect(hint).toContain('--when-lost restart');
    expect(await plan({ ...basic, resume: false })).toMatchObject({ whenLost: 'fail' });
  });
});

describe('tags and properties', () => {
  it('have placeholders, and braces of their own', async () => {
    const property = { season: '{year}-{quarter} of {dataset}', json: '{"a": {b}}', list: ['{date}'], n: 1 };
    const decided = await plan({ ...basic, tag: ['{quarter}', 'plain', '{version}'], property });
    expect(decided.tags).toEqual(['2024-q1', 'plain', '2024-01-15']);
    expect(decided.properties).toEqual({ season: '2024-q1 of orders', json: '{"a": {b}}', list: ['{date}'], n: 1 });
  });

  it('refuse what is nearly a placeholder', async () => {
    const message = (await refused({ ...basic, tag: ['{quater}'] })).message;
    expect(message).toMatch(/^tag: "\{quater\}" has an unknown placeholder \{quater\}. Did you mean \{quarter\}\?/);
    expect((await refused({ ...basic, tag: ['{Quarter}'] })).message).toContain('Did you mean {quarter}?');
  });
});

describe('dates and zones', () => {
  const late = { now: new Date('2024-03-31T22:30:00Z') };
  const dataset = 'dataset://d/{date}';

  it('is the day in the time zone', async () => {
    expect((await plan({ ...basic, dataset }, late)).version).toBe('2024-03-31');
    const helsinki = await plan({ ...basic, dataset, timeZone: 'Europe/Helsinki' }, late);
    expect([helsinki.version, helsinki.date]).toEqual(['2024-04-01', '2024-04-01']);
  });

  it('is the day that was asked for', async () => {
    const asked = { ...basic, dataset: 'dataset://d/{quarter}', date: '2023-07-04', timeZone: 'America/New_York' };
    const decided = await plan(asked, late);
    expect([decided.version, decided.date]).toEqual(['2023-q3', '2023-07-04']);
    expect(decided.command).toContain('--date 2023-07-04');
    const scheduled = await plan({ ...basic, dataset }, { env: { SNAPSHOT_DATE: '2022-12-31' } });
    expect(scheduled.version).toBe('2022-12-31');
  });
});

describe('a query', () => {
  const query = 'SELECT * FROM t WHERE d < :date';
  const asked = { source, dataset: 'dataset://t/{date}' };

  it('gets :date when it uses it, and only then', async () => {
    const used = await plan({ ...asked, query });
    expect(used.source.tables).toMatchObject([{ name: 't', query }]);
    expect(used.source.parameters).toEqual([{ name: 'date', value: '2024-01-15' }]);
    expect(used.command).toMatch(/ --dataset dataset:\/\/t\/2024-01-15 --date 2024-01-15$/);
    expect(used.command).not.toContain('--param');
    expect((await plan({ ...asked, query: "SELECT ':date', a::date FROM t -- :date" })).source.parameters).toEqual([]);
    const own = await plan({ ...asked, query, param: { date: '1999-01-01' } });
    expect(own.source.parameters).toEqual([{ name: 'date', value: '1999-01-01' }]);
  });

  it('may stand in a file, which a YAML file finds beside itself', async () => {
    const file = path.join(folder, 'options.yaml');
    await writeFile(file, `dataset: dataset://t/1\nquery-file: q.sql\nout: made\nparam: {since: 5}\n`);
    const decided = await plan({ source }, { cwd: '/' }, { configFile: file });
    expect(decided.source.tables[0]!.query).toBe('SELECT * FROM t WHERE d < :date AND s > :since;');
    expect(decided.source.parameters.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'since=5',
      'date=2024-01-15',
    ]);
    expect(decided.out).toBe(path.join(folder, 'made'));
  });

  it.each([
    ['a file that is not there', { queryFile: 'no.sql' }, /no\.sql cannot be read: it does not exist/],
    ['an empty file', { queryFile: 'empty.sql' }, /empty\.sql is empty/],
    ['a parameter too few', { query: 'SELECT :a' }, /the query uses :a/],
    ['a parameter too many', { query: 'SELECT :a', param: { a: 1, b: 2 } }, /"b" is given, but no query uses :b/],
    ['two statements', { query: 'SELECT 1; SELECT 2' }, /more than one statement/],
    ['a parameter without a query', { table: 't', param: { a: 1 } }, /parameters belong to a query/],
    [
      'a parameter twice',
      { query: 'SELECT :a', param: { a: 1 }, secretParam: { a: 2 } },
      /both as param and as secret-param/,
    ],
    [
      'a name with the ending that is added',
      { table: 't', name: '{index}.parquet' },
      /name: "\{index\}\.parquet" ends with \.parquet, which the format adds/,
    ],
    [
      'a secret that is not there',
      { query: 'SELECT :a', secretParam: ['a'] },
      /the variable TIDEMARK_PARAM_A is not set/,
    ],
    ['nothing', {}, /nothing to read is given/],
  ])('refuses %s', async (_, options, message) => {
    const error = await refused({ ...asked, ...options });
    expect(error.code).toBe('request.invalid');
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });
});

describe('secrets', () => {
  it('go into the source request and nowhere else', async () => {
    const env = { TIDEMARK_PARAM_API_KEY: 'hunter3' };
    const decided = await plan(
      {
        ...{ source, dataset: 'dataset://t/1', query: 'SELECT :plain, :"x", :token, :key' },
        ...{ query: 'SELECT :plain, :token, :api_key' },
        param: { plain: 'seen', token: { value: 'hunter4', secret: true } },
        secretParam: ['api_key'],
      },
      { env },
    );
    const { parameters } = decided.source;
    expect(parameters.map((parameter) => [parameter.name, valueOf(parameter), isSecret(parameter)])).toEqual([
      ['plain', 'seen', false],
      ['token', 'hunter4', true],
      ['api_key', 'hunter3', true],
    ]);
    expect(decided.command).toContain('--param plain=seen --secret-param token --secret-param api_key');
    for (const printed of [JSON.stringify(decided), inspect(decided, { depth: 9 })])
      expect(printed).not.toMatch(/hunter/);
  });

  it.each([
    ['postgres://u:p%40ss@h:5432/d', 'postgres://u@h:5432/d'],
    ['postgres://u:p@ss@h/d', 'postgres://u@h/d'],
    ['postgres://u:pa/ss@h/d', 'postgres://u@h/d'],
    ['postgres://u@h/d?password=x&sslmode=require', "'postgres://u@h/d?sslmode=require'"],
    ['postgres://u@h/d?sslmode=require&sslpassword=x&password=y', "'postgres://u@h/d?sslmode=require'"],
    ['postgres://h:5432/d', 'postgres://h:5432/d'],
  ])('of %s stay out of the command', async (url, written) => {
    const { withoutSecrets } = await import('../../../src/snapshot/options/command.js');
    expect(withoutSecrets(url)).toBe(written.replaceAll("'", ''));
  });
});

describe('in Valohai', () => {
  it('writes to the outputs folder, and knows where it is', async () => {
    const env = { VH_JOB_ID: 'j', VH_OUTPUTS_DIR: '/vh/out', VH_EXECUTION_ID: 'e', VH_CONFIG_DIR: folder };
    const decided = await plan(basic, { env });
    expect(decided.out).toBe('/vh/out');
    expect(decided.lineage).toMatchObject({ platform: 'valohai', 'execution-id': 'e' });
    expect((await plan({ ...basic, out: 'here' }, { env })).out).toBe(path.join(folder, 'here'));
  });
});

describe('what does not go together', () => {
  it('tells all problems at once', async () => {
    const error = await refused({ source, tabel: 'x', lanes: 0, compression: 'x' });
    expect(error.code).toBe('request.invalid');
    expect(error.message.split('\n')).toHaveLength(6);
    expect(error.message).toMatch(/^5 settings are wrong:/);
  });

  it('shows a dataset made from the name of the table', async () => {
    const { message, hint } = await refused({ source, table: 'sales."Order lines"' });
    expect(message).toBe('dataset is missing: the version needs a name');
    expect(hint).toContain('dataset://Order-lines/{date}');
  });

  it.each([
    ['an unknown placeholder', { dataset: 'dataset://d/{quater}' }, /\{quater\}/],
    ['unsafe characters', { dataset: 'dataset://d/a b' }, /characters that are not allowed/],
    ['its own parent', { dataset: 'dataset://d/1', from: 'dataset://d/1' }, /is the version that is to be made/],
    ['a name without an index', { name: '{dataset}-{version}' }, /\{index\}/],
    ['a reserved property', { property: { 'valohai.tags': ['x'] } }, /reserved/],
    ['misfit and infinity', { misfit: 'null', infinity: 'fail' }, /does not go with/],
  ])('refuses %s', async (_, options, message) => {
    expect((await refused({ ...basic, ...options })).message).toMatch(message);
  });

  it('warns of arbitrary and repeating names', async () => {
    expect((await plan({ ...basic, dataset: 'dataset://d/latest' })).warnings.join()).toContain('latest');
    expect((await plan({ ...basic, dataset: 'dataset://d/{quarter}' })).warnings.join()).toContain('{quarter}');
  });

  it('puts into the command what the version depends on, quoted for a shell', async () => {
    const { command } = await plan({
      ...{ source: 'postgres://h/d', dataset: 'dataset://d/1', query: "SELECT 'a'" },
      ...{ cast: { p: 'decimal(20,4)' }, redactStats: ['a', 'b'], shardSize: '1MiB', lanes: 3, tag: 'x', limit: 5 },
    });
    expect(command).toBe(
      "tidemark snapshot --source postgres://h/d --query 'SELECT '\\''a'\\''' --limit 5 --cast 'p=decimal(20,4)' " +
        '--dataset dataset://d/1 --shard-size 1MiB --redact-stats a,b',
    );
  });
});
