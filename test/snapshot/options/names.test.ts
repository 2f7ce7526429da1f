import { describe, expect, it } from 'vitest';
import { messages, read } from './read-options.js';

describe('names of columns and tables', () => {
  const odd = ['a ', ' lead', 'a=b', 'x, y', 'q"q', '\t'];
  const asKeys = (value: unknown): Record<string, unknown> => Object.fromEntries(odd.map((name) => [name, value]));
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  it('takes keys of maps as they stand, from YAML, JSON and the library', async () => {
    const own = { mask: asKeys('null'), cast: asKeys('text'), expect: { columns: asKeys({ 'not-null': true }) } };
    const params = asKeys({ value: '1', secret: false });
    const given = { ...own, param: asKeys('1'), property: asKeys('1') };
    const tables = { tables: { ' t ': { table: 't', ...own } } };
    const env = Object.fromEntries(
      Object.entries({ ...given, ...tables }).map(([key, map]) => [
        `TIDEMARK_${key.toUpperCase()}`,
        JSON.stringify(map),
      ]),
    );
    const yaml = JSON.stringify(given);
    for (const { values, problems } of [
      await read({}, `${yaml.slice(0, -1)}, ${JSON.stringify(tables).slice(1)}`),
      await read({ library: { ...given, ...tables } }),
      await read({}, undefined, env),
    ]) {
      expect(problems).toEqual([]);
      expect(values).toEqual({ ...given, ...tables, param: params });
    }
  });

  it('takes names in texts as they stand, and with anything in them in quotation marks', async () => {
    const pairs = odd.map((name) => `${quoted(name)}=null`);
    const { values, problems } = await read(
      {
        flags: {
          mask: ['a =null', ' lead=year', ...pairs.slice(2)],
          cast: odd.map((name) => `${quoted(name)}=text`),
          'redact-stats': [' lead', 'a '],
          'split-key': [odd.map(quoted).join(' , ')],
          key: 'id, line',
          cursor: ' at',
          'partition-by': [' p', '"created at":month', '"x:day"', 'at:day', '"a,b":year'],
          'split-by': ' k',
          'split-label': '"l "',
          'date-column': 'd ',
          'split-time': '" t=x"=2024-01-01, 2024-02-01',
        },
      },
      undefined,
      { TIDEMARK_SPLIT_STRATA: '"x, y" , z,w ', TIDEMARK_PARAM: '"a, b"=1 , c=2, d=x,y' },
    );
    expect(problems).toEqual([]);
    expect(values).toEqual({
      mask: { ...asKeys('null'), ' lead': 'year' },
      cast: asKeys('text'),
      'redact-stats': [' lead', 'a '],
      'split-key': odd,
      'split-strata': ['x, y', 'z', 'w '],
      key: ['id', 'line'],
      cursor: [' at'],
      'partition-by': [
        { column: ' p' },
        { column: 'created at', unit: 'month' },
        { column: 'x:day' },
        { column: 'at', unit: 'day' },
        { column: 'a,b', unit: 'year' },
      ],
      'split-by': ' k',
      'split-label': 'l ',
      'date-column': 'd ',
      'split-time': { column: ' t=x', values: ['2024-01-01', '2024-02-01'] },
      param: {
        'a, b': { value: '1', secret: false },
        c: { value: '2', secret: false },
        d: { value: 'x,y', secret: false },
      },
    });
  });

  it.each([
    ['mask: ["\\"__proto__\\"=null"]', {}],
    ['mask: __proto__=null', {}],
    ['expect: {columns: {__proto__: {not-null: true}}}', {}],
    ['expect-warn: "{columns: {__proto__: {not-null: true}}}"', {}],
    ['', { expect: JSON.parse('{"columns": {"__proto__": {"not-null": true}}}') as unknown }],
    ['', { tables: JSON.parse('{"__proto__": {"table": "t"}}') as unknown }],
    ['tables: {t: {table: t, expect: {columns: {__proto__: {unique: true}}}}}', {}],
    ['tables: {t: {table: t, mask: {__proto__: hash}}}', {}],
    ['tables: {t: {table: t, cast: [__proto__=text]}}', {}],
    [`tables: '{"__proto__": {"table": "t"}}'`, {}],
  ])('loses no name that no map holds: %s %j', async (yaml, library) => {
    const set = await read({ library }, yaml);
    expect(messages(set)).toEqual([expect.stringContaining('the name __proto__ cannot be given')]);
  });

  it('takes that name where it is none of a map', async () => {
    const { problems, values } = await read(
      {},
      'expect: {columns: {a: {in: [__proto__, __proto__=1]}}}\nsplit-key: __proto__\nparam: {p: __proto__}\n',
    );
    expect(problems).toEqual([]);
    expect(values['split-key']).toEqual(['__proto__']);
  });
});
