import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OptionSet, readOptions } from '../../../src/snapshot/options.js';
import { parseConfig } from '../../../src/snapshot/options/config-file.js';
import type { Problem } from '../../../src/snapshot/options/problems.js';
import { validate } from '../../../src/snapshot/options/validate.js';
import { plainContext } from './context.js';

type Key = 'param' | 'secret-param' | 'property' | 'cast';

/** What the YAML text gives; it must be free of problems. */
function fromYaml(yaml: string): OptionSet['values'] {
  const problems: Problem[] = [];
  const { values } = validate([parseConfig(yaml, 'x.yaml', '/', problems)], problems);
  expect(problems).toEqual([]);
  return values;
}

async function fromVariable(key: Key, text: string): Promise<OptionSet> {
  const variable = `TIDEMARK_${key.toUpperCase().replace('-', '_')}`;
  return readOptions({ configFile: false }, plainContext({ env: { [variable]: text } }));
}

function texts(values: OptionSet['values'], key: 'param' | 'secret-param' = 'param'): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values[key] ?? {}).map(([name, { value }]) => [name, value]));
}

const written = [
  '9007199254740993',
  '-9007199254740993',
  '1.10',
  '007',
  '0x1F',
  '0o17',
  '1e3',
  '1E+21',
  '-0',
  '+5',
  '3.141592653589793238462643383279',
  '.inf',
  '.NaN',
  'True',
  'FALSE',
  '!!int 0012',
];
const bare = (text: string): string => text.replace('!!int ', '');

describe('a parameter in YAML is the text that stands there', () => {
  it.each(written)('%s', (text) => {
    expect(texts(fromYaml(`param: {a: ${text}}`))).toEqual({ a: bare(text) });
    expect(texts(fromYaml(`param:\n  a: ${text} # comment\n`))).toEqual({ a: bare(text) });
    expect(texts(fromYaml(`secret-param: {a: ${text}}`), 'secret-param')).toEqual({ a: bare(text) });
    expect(fromYaml(`param: {a: {value: ${text}, secret: true}}`).param).toEqual({
      a: { value: bare(text), secret: true },
    });
  });

  it('also behind an alias, whichever option has the anchor', () => {
    const values = fromYaml(
      'property: {a: &n 1.10, b: &m 3}\nparam: {c: *n, d: *m, e: &x 2.50}\nsecret-param: {f: *x}\n',
    );
    expect(texts(values)).toEqual({ c: '1.10', d: '3', e: '2.50' });
    expect(texts(values, 'secret-param')).toEqual({ f: '2.50' });
    expect(values.property).toEqual({ a: '1.10', b: 3 });
  });

  it('also when it is called secret or value', () => {
    expect(texts(fromYaml('param: {secret: True, value: 1.0}'))).toEqual({ secret: 'True', value: '1.0' });
  });

  it('also as a name, and as the name of a column', () => {
    expect(texts(fromYaml('param: {007: a, 9007199254740993: b, True: c}'))).toEqual({
      '007': 'a',
      '9007199254740993': 'b',
      True: 'c',
    });
    expect(fromYaml('cast: {007: text, 1.10: text}').cast).toEqual({ '007': 'text', '1.10': 'text' });
  });

  it.each(['{7: a, "7": b}', '{1.10: a, "1.10": b}', '{1.10: a, 1.1: b}'])('names it once: %s', (map) => {
    expect(() => fromYaml(`param: ${map}`)).toThrow('Map keys must be unique');
  });
});

describe('a property keeps the JSON value that it is', () => {
  it('unless JSON would write the number as another text', async () => {
    const yaml =
      'property: {a: 3, b: 1.10, c: [9007199254740993, 0.5, {d: 007, 1.0: -0}], e: True, f: null, g: 1e21, h: .inf}';
    const expected = {
      a: 3,
      b: '1.10',
      c: ['9007199254740993', 0.5, { d: '007', '1.0': '-0' }],
      e: true,
      f: null,
      g: '1e21',
      h: '.inf',
    };
    expect(fromYaml(yaml).property).toEqual(expected);
    const json = '{"a": 3, "b": 1.10, "c": [9007199254740993, 0.5, {"d": -0}], "e": true, "f": null, "g": 1e400}';
    const { values, problems } = await fromVariable('property', json);
    expect(problems).toEqual([]);
    expect(values.property).toEqual({
      ...{ a: 3, b: '1.10', c: ['9007199254740993', 0.5, { d: '-0' }], e: true, f: null, g: '1e400' },
    });
  });
});

describe('JSON in a variable', () => {
  it('gives the text of numbers', async () => {
    const { values } = await fromVariable('param', '\r{"a": 1.10,\r"b": {"value": 1e3, "secret": true}, "c": "x\\r"}');
    expect(values.param).toEqual({
      a: { value: '1.10', secret: false },
      b: { value: '1e3', secret: true },
      c: { value: 'x\r', secret: false },
    });
  });

  it('may hold a key once, and shows no value when it does not', async () => {
    const { problems } = await fromVariable('secret-param', '{"a": "hunter2", "a": "hunter3"}');
    expect(problems).toEqual([
      {
        code: 'request.invalid',
        message: 'TIDEMARK_SECRET_PARAM: the JSON is not clear at character 17 (counted from 0): duplicate key',
        hint: 'Give every key once.',
      },
    ]);
  });

  it('is not looked at by a command that does not take it', async () => {
    const env = { TIDEMARK_PARAM: '{"a": 1, "a": 2}' };
    expect((await readOptions({ configFile: false, only: ['json'] }, plainContext({ env }))).problems).toEqual([]);
  });

  it('is read as JSON says', async () => {
    await fc.assert(
      fc.asyncProperty(
        // U+FFFD in a variable may stand for bytes that are no text, and __proto__ is no name: both are refused, and tested elsewhere.
        fc.jsonValue({ stringUnit: 'grapheme' }).filter((value) => !/\ufffd|__proto__/.test(JSON.stringify(value))),
        fc.constantFrom(undefined, 2, '\t'),
        async (value, indent) => {
          const text = JSON.stringify({ value }, null, indent);
          const { values, problems } = await fromVariable('property', text);
          expect(problems).toEqual([]);
          expect(JSON.parse(JSON.stringify(values.property), printed)).toEqual(JSON.parse(text, printed));
        },
      ),
    );
  });
});

/** Numbers as they print, so that a number and the text that was kept for it are the same. */
function printed(_: string, value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

describe('all roads give one text', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tidemark-written-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const digits = (least: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...'0123456789'), { minLength: least, maxLength: 30 }).map((list) => list.join(''));
  const numberText = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(
        fc.constant('0'),
        fc.tuple(fc.constantFrom(...'123456789'), digits(0)).map((parts) => parts.join('')),
      ),
      fc.oneof(
        fc.constant(''),
        digits(1).map((fraction) => `.${fraction}`),
      ),
      fc.oneof(
        fc.constant(''),
        fc.tuple(fc.constantFrom('e', 'E+', 'e-'), fc.nat(400)).map((parts) => parts.join('')),
      ),
    )
    .map((parts) => parts.join(''));

  it('for any number', async () => {
    await fc.assert(
      fc.asyncProperty(numberText, async (text) => {
        const file = path.join(folder, 'options.yaml');
        await writeFile(file, `param:\n  n: ${text}\n  s: {value: ${text}, secret: true}\n`);
        const context = plainContext();
        const both = { n: text, s: text };
        const sets = await Promise.all([
          readOptions({ configFile: false, flags: { param: [`n=${text}`, `s=${text}`] } }, context),
          readOptions({ configFile: file }, context),
          fromVariable('param', `{"n": ${text}, "s": {"value": ${text}, "secret": true}}`),
          fromVariable('param', `n=${text},s=${text}`),
        ]);
        expect(sets.map(({ values }) => texts(values))).toEqual([both, both, both, both]);
      }),
    );
  });
});

describe('a number of the library', () => {
  const read = (library: object): Promise<OptionSet> => readOptions({ configFile: false, library }, plainContext());

  it.each([
    [{ param: { id: 2 ** 53 } }, 'param: the number at "id" is past 2^53 − 1, where JavaScript rounds whole numbers'],
    [{ secretParam: { id: NaN } }, 'secretParam: the number at "id" is not finite'],
    [{ param: { id: { value: -Infinity, secret: true } } }, 'param: the number at "id.value" is not finite'],
    [{ property: { a: { b: [1, 1e300] } } }, /^property: the number at "a.b.1" is past 2\^53 − 1/],
  ])('is refused where it is not exact: %j', async (library, message) => {
    const { problems } = await read(library);
    expect(problems).toEqual([
      {
        code: 'request.invalid',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
        hint: expect.stringContaining('as text'),
      },
    ]);
  });

  it('is taken where it is', async () => {
    const { values, problems } = await read({ param: { a: 2 ** 53 - 1, b: 0.1, c: -3 }, property: { d: 1.5 } });
    expect(problems).toEqual([]);
    expect(texts(values)).toEqual({ a: '9007199254740991', b: '0.1', c: '-3' });
    expect(values.property).toEqual({ d: 1.5 });
  });
});
