import { isUtf8 } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../../src/core/errors.js';
import { type OptionContext, type OptionInput, readOptions, resolvePlan } from '../../../src/snapshot/options.js';
import { decodeText } from '../../../src/snapshot/options/encoding.js';
import type { Plan } from '../../../src/snapshot/plan.js';
import { plainContext } from './context.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tidemark-encoding-'));
});
afterAll(() => rm(folder, { recursive: true }));

function fault(bytes: Uint8Array): TidemarkError {
  try {
    decodeText(bytes, 'q.sql');
  } catch (thrown) {
    return thrown as TidemarkError;
  }
  return expect.unreachable('it was taken');
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

describe('a file', () => {
  it.each([
    ['Latin-1', Buffer.from("SELECT 1\n-- M\nWHERE a = 'Müller'", 'latin1'), 26, 3],
    ['half a character at its end', Buffer.from('ab\n€').subarray(0, -1), 3, 2],
    ['a surrogate in UTF-8', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 1, 1],
    ['wrong bytes behind a true U+FFFD', Buffer.concat([Buffer.from('\uFEFF\uFFFDx'), Buffer.from([0xff])]), 7, 1],
  ])('in %s is refused, with the place', (_, bytes, at, line) => {
    const { code, message, hint } = fault(bytes);
    expect({ code, hint }).toEqual({ code: 'request.invalid', hint: 'Save it as UTF-8.' });
    expect(message).toBe(
      `q.sql must be UTF-8: what stands at byte ${at} (counted from 0), in line ${line}, begins no character`,
    );
  });

  it.each([
    ['little-endian', utf16('\uFEFFSELECT 1'), 0],
    ['big-endian', utf16('\uFEFFSELECT 1').swap16(), 0],
    ['little-endian without a mark', utf16('SELECT 1'), 1],
    ['big-endian without a mark', utf16('SELECT 1').swap16(), 0],
  ])('in UTF-16, %s, is told to be', (_, bytes, at) => {
    const { message, hint } = fault(bytes);
    expect(message).toContain(`at byte ${at} (counted from 0), in line 1, `);
    expect(hint).toBe('It looks like UTF-16. Save it as UTF-8.');
  });

  it('in UTF-8 is its text, with or without a mark, U+FFFD too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\uFEFF', '\uFEFF\uFFFD'), (text, mark) => {
        const whole = `${mark}a${text.replaceAll('\0', '')}\uFFFD`;
        expect(decodeText(Buffer.from(whole), '')).toBe(whole.replace(/^\uFEFF/, ''));
      }),
    );
  });

  it('is refused where UTF-8 ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ minLength: 1, max: 255, min: 1 }), (text, tail) => {
        const bytes = Buffer.concat([Buffer.from(text), tail]);
        fc.pre(!isUtf8(bytes));
        const at = Number(/byte (\d+)/.exec(fault(bytes).message)![1]);
        expect(isUtf8(bytes.subarray(0, at))).toBe(true);
        const longer = [1, 2, 3, 4].map((more) => bytes.subarray(0, at + more)).filter(({ length }) => length > at);
        expect(longer.some((prefix) => isUtf8(prefix))).toBe(false);
      }),
    );
  });
});

const request = { source: 'postgres://u@h/d', dataset: 'dataset://d/1' };
const cut = 'a\u00e9\uFFFDhunter2';

async function plan(input: OptionInput, env: OptionContext['env'] = {}): Promise<Plan> {
  const context = plainContext({ cwd: folder, env });
  return resolvePlan(await readOptions({ configFile: false, ...input }, context), context);
}

async function refusal(input: OptionInput, env: OptionContext['env'] = {}): Promise<string> {
  return plan(input, env).then(
    () => expect.unreachable('it was taken'),
    (error: TidemarkError) => `${error.exitCode} ${error.message}\n${error.hint}`,
  );
}

describe('the files of a request', () => {
  it('are named when they are not UTF-8', async () => {
    await writeFile(path.join(folder, 'q.sql'), "SELECT 'ü'", 'latin1');
    await writeFile(path.join(folder, 'o.yaml'), 'table: größe', 'latin1');
    expect(await refusal({ library: { ...request, queryFile: 'q.sql' } })).toMatch(
      /^2 queryFile: \/.*\/q\.sql must be UTF-8: what stands at byte 8 /,
    );
    expect(await refusal({ configFile: 'o.yaml' })).toMatch(
      /^2 the config file "o\.yaml" must be UTF-8: what stands at byte 9 /,
    );
  });

  it('may hold U+FFFD and begin with a mark', async () => {
    await writeFile(path.join(folder, 'q.sql'), "\uFEFFSELECT '\uFFFD'");
    await writeFile(path.join(folder, 'o.yaml'), '\uFEFFquery-file: q.sql\ntag: "\uFFFD"\n');
    const { source, tags } = await plan({ library: request, configFile: 'o.yaml' });
    expect([source.tables[0]!.query, tags]).toEqual(["SELECT '\uFFFD'", ['\uFFFD']]);
  });
});

describe('what the process was given in another encoding', () => {
  const place = (label: string, byte: number): string =>
    `2 ${label}: the value must be UTF-8: what stands at its byte ${byte} (counted from 0) is not\nGive it in UTF-8.`;

  it.each([
    ['query', [cut], '--query', 3],
    ['table', ['a', cut], '--table (number 2)', 3],
    ['param', [`k=${cut}`], '--param', 5],
    ['secret-param', [`k=${cut}`], '--secret-param', 5],
    ['source', [`postgres://u:${cut}@h/d`], '--source', 16],
  ])('is refused: the flag %s', async (key, flags, label, byte) => {
    const given = { dataset: ['dataset://d/1'], ...(key === 'table' ? {} : { query: ['SELECT 1'] }), [key]: flags };
    const message = await refusal({ flags: given });
    expect(message).toContain(place(label, byte));
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['TIDEMARK_TAG', `x,${cut}`, 5],
    ['TIDEMARK_SECRET_PARAM', `{"k": "${cut}", "k": 1}`, 10],
    ['TIDEMARK_PARAM_TOKEN', cut, 3],
    ['SNAPSHOT_DATE', cut, 3],
    ['DB_HOST', cut, 3],
    ['DB_PASSWORD', cut, 3],
    ['PGUSER', cut, 3],
    ['PGPASSFILE', cut, 3],
  ])('is refused: the variable %s', async (variable, value, byte) => {
    const library = { ...request, query: 'SELECT :token', secretParam: ['token'] };
    const message = await refusal({ library }, { TIDEMARK_PARAM_TOKEN: 'x', [variable]: value });
    expect(message).toContain(place(variable, byte));
    expect(message).not.toContain('hunter2');
  });

  it('is not looked at where nobody reads it', async () => {
    const env = { DB_NAMESPACE: cut, OTHER: cut, TIDEMARK_TABLE: cut, TIDEMARK_PARAM_OTHER: cut };
    await expect(plan({ library: { ...request, table: 't' } }, env)).resolves.toBeTruthy();
  });
});

describe('half of a surrogate pair', () => {
  it.each([
    [{ tag: ['x', 'ab\uD800'] }, 'tag: the text at "1" is not Unicode: half of a surrogate pair at position 2'],
    [{ table: '\uDC00' }, 'table: the text is not Unicode: half of a surrogate pair at position 0'],
    [{ property: { a: [{ '\uD800': 1 }] } }, 'property: the text at "a.0" is not Unicode'],
    [{ secretParam: { k: 'hunter2\uD800' } }, 'secretParam: the text at "k" is not Unicode'],
  ])('is refused from the library: %j', async (library, message) => {
    const found = await refusal({ library: { ...request, table: 't', ...library } });
    expect(found).toContain(`2 ${message}`);
    expect(found).not.toContain('hunter2');
  });

  it('is refused as an escape of YAML and JSON', async () => {
    await writeFile(path.join(folder, 'o.yaml'), 'tag: "\\uD800"\n');
    const { problems } = await readOptions(
      { configFile: 'o.yaml' },
      plainContext({ cwd: folder, env: { TIDEMARK_PARAM: '{"a": "\\ud800"}' } }),
    );
    expect(problems.map(({ message }) => message)).toEqual([
      'TIDEMARK_PARAM: the text at "a" is not Unicode: half of a surrogate pair at position 0 (counted from 0)',
      'tag (o.yaml, line 1, column 1): the text is not Unicode: half of a surrogate pair at position 0 (counted from 0)',
    ]);
  });

  it('is a character as a whole', async () => {
    expect((await plan({ library: { ...request, table: 't', tag: '\u{1F30A}' } })).tags).toEqual(['\u{1F30A}']);
  });
});
