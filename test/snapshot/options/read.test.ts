import type { TidemarkError } from '../../../src/core/errors.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../src/snapshot/options.js';
import { plainContext } from './context.js';
import { messages, read } from './read-options.js';

describe('precedence', () => {
  const env = { TIDEMARK_COMPRESSION: 'gzip', TIDEMARK_LANES: '2', TIDEMARK_MEMORY: '300MiB' };
  const yaml = 'compression: zstd\nlanes: 3\n';

  it('takes a flag before YAML before the environment', async () => {
    const { values } = await read({ flags: { compression: ['none'] } }, yaml, env);
    expect(values).toEqual({ compression: 'none', lanes: 3, memory: 300 * 2 ** 20 });
  });

  it('does not look at a wrong value that is overruled', async () => {
    const set = await read({ flags: { compression: ['none'] } }, undefined, { TIDEMARK_COMPRESSION: 'wrong' });
    expect(set.values.compression).toBe('none');
    expect(set.problems).toEqual([]);
  });

  it('merges maps key by key and replaces lists', async () => {
    const set = await read(
      { flags: { param: ['a=flag'], tag: ['flag'] } },
      'param: {a: yaml, b: yaml}\ntag: [yaml]\n',
      { TIDEMARK_PARAM: 'b=env,c=1,5', TIDEMARK_TAG: 'env' },
    );
    expect(set.problems).toEqual([]);
    expect(set.values.tag).toEqual(['flag']);
    const values = Object.entries(set.values.param!).map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(values)).toEqual({ a: 'flag', b: 'yaml', c: '1,5' });
  });

  it('takes names with commas in quotation marks, and null as the mask that it is', async () => {
    const { values, problems } = await read(
      { flags: { 'redact-stats': ['a, b', '"x,y","z""z"', 'c"d'] } },
      'split-key: [\'"a,b"\', c]\nmask: {j: null, k: hash}\n',
    );
    expect(problems).toEqual([]);
    expect(values['redact-stats']).toEqual(['a', 'b', 'x,y', 'z"z', 'c"d']);
    expect(values['split-key']).toEqual(['a,b', 'c']);
    expect(values.mask).toEqual({ j: 'null', k: 'hash' });
  });

  it('refuses a part of the name that no map holds', async () => {
    const set = await read({}, 'split: {__proto__: a, b: c}\n');
    expect(messages(set)).toEqual([expect.stringContaining('the name __proto__ cannot be given')]);
  });

  it('lets a nearer choice of what to read replace a farther one', async () => {
    const set = await read({ flags: { table: ['orders'] } }, 'query: SELECT 1\n', { TIDEMARK_QUERY_FILE: 'x.sql' });
    expect(set.problems).toEqual([]);
    expect(set.values).toEqual({ table: [{ name: undefined, table: 'orders' }] });
  });

  it('counts an empty flag as not given', async () => {
    const { values, problems } = await read(
      { flags: { date: [''], tag: ['', 'b'], compression: '' } },
      'date: 2024-01-15\n',
    );
    expect({ values, problems }).toEqual({ values: { date: '2024-01-15', tag: ['b'] }, problems: [] });
  });

  it('tells what a size without its unit is taken for', async () => {
    const { problems } = await read({ flags: { memory: ['512'] } });
    expect(problems).toEqual([expect.objectContaining({ hint: 'A number alone counts bytes: write 512MiB.' })]);
  });

  it('counts an empty variable and a null in YAML as not given', async () => {
    const { values } = await read({}, 'limit:\n', { TIDEMARK_LIMIT: '', TIDEMARK_ALIAS: '' });
    expect(values).toEqual({});
  });

  it('takes SNAPSHOT_DATE after TIDEMARK_DATE, and NO_COLOR', async () => {
    const env = { SNAPSHOT_DATE: '2024-02-02', NO_COLOR: '1' };
    expect((await read({}, undefined, env)).values).toEqual({ date: '2024-02-02', color: false });
    const both = { ...env, TIDEMARK_DATE: '2024-03-03', TIDEMARK_COLOR: 'yes' };
    expect((await read({}, undefined, both)).values).toEqual({ date: '2024-03-03', color: true });
  });

  it('reads tidemark.yaml in the working folder when no file is named, and no file when told so', async () => {
    const own = await mkdtemp(path.join(tmpdir(), 'tidemark-standard-'));
    await writeFile(path.join(own, 'tidemark.yaml'), 'limit: 7\n');
    const context = plainContext({ cwd: own });
    expect((await readOptions({}, context)).values).toEqual({ limit: 7 });
    expect((await readOptions({ configFile: false }, context)).values).toEqual({});
    await rm(own, { recursive: true });
  });
});

describe('the same value by every road', () => {
  const roads: [key: string, flag: unknown, yaml: string, variable: string, expected: unknown][] = [
    [
      'table',
      ['a', 'x=s.b'],
      '[a, x=s.b]',
      'a,x=s.b',
      [
        { name: undefined, table: 'a' },
        { name: 'x', table: 's.b' },
      ],
    ],
    ['table', ['a=s.a'], '{a: s.a}', '{"a":"s.a"}', [{ name: 'a', table: 's.a' }]],
    [
      'cast',
      ['p=decimal(20,4)', 'q=text'],
      '{p: "decimal(20,4)", q: text}',
      'p=decimal(20,4),q=text',
      { p: 'decimal(20,4)', q: 'text' },
    ],
    ['redact-stats', ['a,b', 'c'], '[a, b, c]', 'a, b,c', ['a', 'b', 'c']],
    ['property', ['team=ml', 'x=a=b'], '{team: ml, x: a=b}', '["team=ml","x=a=b"]', { team: 'ml', x: 'a=b' }],
    ['shard-size', ['1.5MiB'], '1572864', '1.5MiB', 1_572_864],
    ['max-statement', ['90'], '1.5m', '90s', 90_000],
    ['lanes', ['4'], '4', '4', 4],
    ['lanes', ['auto'], 'auto', 'auto', 'auto'],
    ['limit', ['1000'], '1000', '1000', 1000],
    ['quiet', true, 'true', '1', true],
    ['color', false, 'false', 'no', false],
  ];

  it.each(roads)('%s', async (key, flag, yaml, variable, expected) => {
    const name = `TIDEMARK_${key.toUpperCase().replaceAll('-', '_')}`;
    const sets = await Promise.all([
      readOptions({ configFile: false, flags: { [key]: flag } }, plainContext()),
      read({}, `${key}: ${yaml}\n`),
      readOptions({ configFile: false }, plainContext({ env: { [name]: variable } })),
    ]);
    expect(sets.map(({ values }) => values)).toEqual([{ [key]: expected }, { [key]: expected }, { [key]: expected }]);
    expect(sets.flatMap(messages)).toEqual([]);
  });

  it('keeps the types of properties from YAML, and texts from flags', async () => {
    const yaml = await read({}, 'property: {n: 5, nested: {list: [1, null, true]}, zip: "01234"}\n');
    expect(yaml.values.property).toEqual({ n: 5, nested: { list: [1, null, true] }, zip: '01234' });
    const flags = await read({ flags: { property: ['n=5', 'zip=01234'] } });
    expect(flags.values.property).toEqual({ n: '5', zip: '01234' });
  });

  it('takes the library under camelCase names', async () => {
    const set = await read({ library: { shardSize: 4096, maxStatement: '2s', queryFile: undefined, lanes: 3 } });
    expect(set.values).toEqual({ 'shard-size': 4096, 'max-statement': 2000, lanes: 3 });
  });
});

describe('what is refused', () => {
  const wrong: [key: string, value: string][] = [
    ['source', 'localhost/db'],
    ['source', 'oracle://u@h/db'],
    ['dataset', 'customers'],
    ['dataset', 'dataset://customers'],
    ['dataset', 'dataset://a/b/c'],
    ['out', 'gs://bucket/prefix'],
    ['alias', 'a b'],
    ['date', '2024-02-30'],
    ['date', '15.1.2024'],
    ['time-zone', 'Mars/Olympus'],
    ['format', 'orc'],
    ['compression', 'lzo'],
    ['shard-size', '12'],
    ['shard-size', 'huge'],
    ['memory', '1MiB'],
    ['max-statement', '0s'],
    ['lanes', '0'],
    ['lanes', '65'],
    ['limit', '0'],
    ['limit', '1e3'],
    ['via', 'fax'],
    ['staging', '/tmp/staging'],
    ['staging', 's3://bucket'],
    ['staging', 'gs://bucket//'],
    ['staging', 's3://bucket/a\nb'],
    ['as-of', '2024-06-30'],
    ['as-of', '2024-06-30T22:00:00'],
    ['as-of', '2024-02-30T22:00:00Z'],
    ['as-of', '2024-06-30T25:00:00Z'],
    ['consistency', 'some'],
    ['misfit', 'ignore'],
    ['infinity', 'max'],
    ['param', 'since'],
    ['cast', '=int'],
    ['json', 'perhaps'],
  ];

  it.each(wrong)('%s %s', async (key, value) => {
    const variable = `TIDEMARK_${key.toUpperCase().replaceAll('-', '_')}`;
    const set = await read({}, undefined, { [variable]: value });
    expect(set.problems).toHaveLength(1);
    const [problem] = set.problems;
    expect(problem!.code).toBe('request.invalid');
    expect(problem!.message).toMatch(new RegExp(`^${variable}: .+ is not allowed \\(allowed: .+\\)$`));
    expect(problem!.hint).toBeTruthy();
  });

  it('says what was nearly right', async () => {
    const hint = async (flags: Record<string, string[]>) => (await read({ flags })).problems[0]!.hint;
    expect(await hint({ format: ['orc'] })).toBe('Leave format out for its default: parquet.');
    expect(await hint({ compression: ['snapy'] })).toBe('Did you mean "snappy"?');
    expect(await hint({ dataset: ['customers'] })).toContain('dataset://customers/{date}');
    expect(await hint({ dataset: ['customers/2024'] })).toContain('dataset://customers/2024 ');
  });

  it('a single flag given twice', async () => {
    expect(messages(await read({ flags: { out: ['a', 'b'] } }))).toEqual(['--out is given 2 times: "a", "b"']);
    const source = ['postgres://u:hunter2@h/a', 'postgres://u:hunter2@h/b'];
    expect(messages(await read({ flags: { source } }))).toEqual(['--source is given 2 times']);
  });

  it('two things to read in one place', async () => {
    const set = await read({}, 'table: a\nquery: SELECT 1\n');
    expect(messages(set)[0]).toMatch(/^table \(options.yaml, line 1, column 1\) and query \(.+\) exclude each other$/);
  });

  it('unknown library options, with the nearest name', async () => {
    const set = await read({ library: { shardsize: 1, 'shard-size': 1, tabel: 'x', zzzzzzz: 1 } });
    expect(set.problems.map(({ code }) => code)).toEqual(Array(4).fill('request.unknown-key'));
    expect(set.problems.map(({ hint }) => hint)).toEqual([
      'Did you mean "shardSize"?',
      'Did you mean "shardSize"?',
      'Did you mean "table"?',
      undefined,
    ]);
  });

  it('never shows a value that may be secret', async () => {
    const set = await read(
      { flags: { source: ['oracle://u:hunter2@h/db'], 'secret-param': ['=hunter2'], param: ['hunter2'] } },
      undefined,
      { TIDEMARK_SOURCE: 'hunter2' },
    );
    expect(set.problems).toHaveLength(3);
    expect(JSON.stringify(set.problems)).not.toContain('hunter2');
  });
});

describe('the YAML file', () => {
  it('names the place of an unknown key and the nearest known one', async () => {
    const set = await read({}, '# comment\ntable: a\n\nshardsize: 1MiB\n  \nmemberx: x\n');
    expect(messages(set)).toEqual([
      'options.yaml, line 4, column 1: unknown key "shardsize"',
      'options.yaml, line 6, column 1: unknown key "memberx"',
    ]);
    expect(set.problems[0]!.hint).toBe('Did you mean "shard-size"?');
  });

  it('names the place of a wrong value', async () => {
    const set = await read({}, 'table: a\nlanes: many\n');
    expect(messages(set)[0]).toContain('lanes (options.yaml, line 2, column 1): "many" is not allowed');
  });

  it.each([
    ['a syntax error', 'table: [a\nlanes: 2\n', /^options.yaml, line 2, column 1: /],
    ['a repeated key', 'lanes: 1\nlanes: 2\n', /^options.yaml, line 2, column 1: Map keys must be unique/],
    ['an unknown tag', 'lanes: !!js/function x\n', /^options.yaml, line 1, column 8: /],
    ['a list', '- table\n', /must hold "key: value" lines/],
  ])('refuses %s', async (_, yaml, message) => {
    await expect(read({}, yaml)).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message),
    });
  });

  it('may be empty', async () => {
    expect((await read({}, '# nothing\n')).values).toEqual({});
  });

  it('must be there', async () => {
    await expect(readOptions({ configFile: 'no.yaml' }, plainContext())).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'the config file "no.yaml" cannot be read: it does not exist',
      hint: 'Looked for /work-folder/no.yaml.',
    });
  });
});

it('warns of variables that look like misspelt ones of ours', async () => {
  const set = await read({}, undefined, {
    TIDEMARK_SHARDSIZE: '1',
    TIDEMARK_DEBUG: '1',
    TIDEMARK_PARAM_TOKEN: 'x',
    TIDEMARK_SOMETHING_ELSE_ENTIRELY: 'x',
  });
  expect(set.warnings).toEqual(['The variable TIDEMARK_SHARDSIZE is not known. Did you mean TIDEMARK_SHARD_SIZE?']);
});

describe('what is no value', () => {
  it('an alias inside of what it stands for is refused, with its place', async () => {
    for (const text of ['property: &x {a: *x}\n', 'property: {a: &x {b: {c: *x}}}\n', 'tag: &x [a, *x]\n']) {
      await expect(read({}, text)).rejects.toThrow(/^options\.yaml: an alias stands inside of what it stands for/);
    }
  });

  it('an alias without its anchor is refused, with its place', async () => {
    await expect(read({}, 'table: t\ntag: *nope\n')).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'options.yaml, line 2, column 6: an alias that nothing is marked with before it',
    });
  });

  it('a text that begins with ! or * is not quoted in a message: it may be a password', async () => {
    for (const [text, message] of [
      ['param:\n  token: !hunter2\n', 'options.yaml, line 2, column 10: a tag that is not known'],
      ['param:\n  token: *hunter2\n', 'options.yaml, line 2, column 10: an alias that nothing is marked with'],
    ] as const) {
      const error = (await read({}, text).catch((thrown: unknown) => thrown)) as TidemarkError;
      expect(error.message).toContain(message);
      expect(`${error.message} ${error.hint} ${error.stack} ${String(error.cause)}`).not.toContain('hunter2');
    }
  });

  it('a value that JSON has no form for is refused, and named', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const set = await read({ library: { lanes: circular, alias: 10n } });
    expect(messages(set).join()).toContain('lanes: [object Object] is not allowed');
    expect(messages(set).join()).toContain('alias: 10 is not allowed');
  });
});
