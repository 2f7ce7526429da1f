import { describe, expect, it } from 'vitest';
import { readOptions, resolvePlan } from '../../../src/snapshot/options.js';
import { parseConfig } from '../../../src/snapshot/options/config-file.js';
import type { Plan } from '../../../src/snapshot/plan.js';
import { plainContext } from './context.js';

const basic = { source: 'postgres://ml@db.example.com/shop', table: 'customers', dataset: 'dataset://customers/1' };

async function plan(library: object): Promise<Plan> {
  const context = plainContext();
  return resolvePlan(await readOptions({ library: { ...basic, ...library }, configFile: false }, context), context);
}

const refusal = (library: object): Promise<string> =>
  plan(library).then(
    () => expect.unreachable(),
    ({ message, hint }: { message: string; hint: string }) => `${message} / ${hint}`,
  );

describe('what rows are expected to be, as it is given', () => {
  const whole = {
    rows: { min: 10, max: 20 },
    unique: [['order_id', 'line'], ['a, b']],
    columns: {
      id: { 'not-null': true, unique: true },
      plan: { in: ['free', 'pro'], 'max-nulls': '5%' },
      age: { min: 0, max: 130 },
      email: { pattern: '@', 'not-null': false },
      seen: { 'max-age': '2d' },
    },
  };
  const rules = [
    { kind: 'rows', min: 10, max: 20 },
    { kind: 'unique', columns: ['order_id', 'line'] },
    { kind: 'unique', columns: ['a', 'b'] },
    { kind: 'nulls', column: 'id', most: 0 },
    { kind: 'unique', columns: ['id'] },
    { kind: 'nulls', column: 'plan', most: 0.05 },
    { kind: 'in', column: 'plan', values: ['free', 'pro'] },
    { kind: 'range', column: 'age', min: '0', max: '130' },
    { kind: 'pattern', column: 'email', pattern: '@' },
    { kind: 'age', column: 'seen', most: 172_800_000 },
  ];

  it.each([
    ['a map', whole],
    ['JSON', JSON.stringify(whole)],
  ])('is read from %s', async (_, given) => {
    const expected = rules.map((rule) => ({ ...rule, severity: 'fail' }));
    expect((await plan({ expect: given })).expected).toEqual(expected);
    const warned = rules.map((rule) => ({ ...rule, severity: 'warn' }));
    expect((await plan({ expectWarn: given })).expected).toEqual(warned);
    const { tables } = await plan({ table: undefined, tables: { t: { table: 't', expect: whole } } });
    expect(tables[0]!.expected).toEqual(expected);
  });

  it('keeps values as YAML has them written', async () => {
    const text = 'columns: {price: {in: [0.10, 1e3, 12345678901234567890.5, yes, true, 2024-01-31], min: 0.00}}';
    const values = ['0.10', '1e3', '12345678901234567890.5', 'yes', 'true', '2024-01-31'];
    const inFile = parseConfig(`expect:\n  ${text}\n`, 'f', '/', []).get('expect')!.raw;
    for (const given of [text, inFile]) {
      const { expected, command } = await plan({ expect: given });
      expect(expected).toMatchObject([{ values }, { min: '0.00' }]);
      const [, again] = / --expect '(.*?)'/.exec(command)!;
      expect((await plan({ expect: again })).expected).toEqual(expected);
    }
  });

  it.each([
    [{ rowz: { min: 1 } }, /^expect: rowz is not known \(allowed: rows, unique, columns\) \/ Did you mean "rows"\?/],
    [{ rows: { mn: 1 } }, /rows\.mn is not known \(allowed: min, max, max-change\)/],
    [{ rows: { min: -1 } }, /rows\.min has a value that is not allowed \(allowed: a whole number\)/],
    [{ rows: 5 }, /rows has a value that is not allowed \(allowed: a map of min, max and max-change\)/],
    [{ rows: {} }, /rows has none of min, max and max-change/],
    [{ rows: { min: 2, max: 1 } }, /rows has a min of 2, above its max of 1/],
    [
      { columns: { plan: { inn: ['a'] } } },
      /columns\.plan\.inn is not known \(allowed: not-null, .*\) \/ Did you mean "in"\?/,
    ],
    [
      { columns: { plan: { in: [] } } },
      /columns\.plan\.in has a value that is not allowed \(allowed: a list of values\)/,
    ],
    [{ columns: { plan: { in: ['a', null] } } }, /columns\.plan\.in has a value/],
    [{ columns: { plan: 'free' } }, /columns\.plan has a value that is not allowed \(allowed: a map of not-null, /],
    [{ columns: { plan: {} } }, /columns\.plan says nothing/],
    [
      { columns: { plan: { 'max-nulls': '150%' } } },
      /max-nulls has a value that is not allowed \(allowed: a share below 1/,
    ],
    [
      { columns: { plan: { 'max-age': 'soon' } } },
      /max-age has a value that is not allowed \(allowed: a time such as 36h or 2d\)/,
    ],
    [
      { columns: { plan: { pattern: '(' } } },
      /columns\.plan\.pattern: "\(" is no regular expression: Unterminated group/,
    ],
    [
      { columns: { plan: { unique: 'once' } } },
      /columns\.plan\.unique has a value that is not allowed \(allowed: true or false\)/,
    ],
    [{ unique: 'id' }, /unique has a value that is not allowed \(allowed: a list of lists of columns/],
    [{}, /^expect: nothing is expected/],
    [{ columns: { plan: { 'not-null': false } } }, /^expect: nothing is expected/],
    ['columns: {', /^expect: "columns: \{" is not allowed \(allowed: a map of rows, unique and columns/],
    ['free', /^expect: "free" is not allowed/],
    [['a'], /^expect: \["a"\] is not allowed/],
    ['{rows: {min: 1}, rows: {min: 2}}', /^expect: .* is not allowed/],
  ])('is refused where it cannot be meant: %j', async (given, message) => {
    expect(await refusal({ expect: given })).toMatch(message);
    if (typeof given === 'object' && !Array.isArray(given) && !String(message).includes('nothing'))
      expect(await refusal({ table: undefined, tables: { t: { table: 't', expect: given } } })).toContain('t.expect');
  });

  it('tells no secret', async () => {
    const given = { query: 'SELECT :key', table: undefined, secretParam: 'key=planted-secret' };
    const columns = { a: { in: ['planted-secret'] } };
    expect(await refusal({ ...given, expect: { columns } })).toMatch(/^expect: a secret stands in it/);
  });
});
