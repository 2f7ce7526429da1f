import { expect, it } from 'vitest';
import { readOptions, resolvePlan } from '../../../src/snapshot/options.js';
import { definitionOf, optionKeys } from '../../../src/snapshot/options/table.js';
import type { Plan } from '../../../src/snapshot/plan.js';
import { plainContext } from './context.js';

const basic = { source: 'postgres://ml@db.example.com/shop', table: 'sales.orders', dataset: 'dataset://orders/1' };

async function plan(library: object): Promise<Plan> {
  const context = plainContext();
  return resolvePlan(await readOptions({ library, configFile: false }, context), context);
}

it('has names that are read as the same ones again', async () => {
  const names = ['a ', ' b', 'c=d', 'e, f', 'g"h', 'plain'];
  const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  const map = Object.fromEntries(names.map((name) => [name, 'text']));
  const masks = Object.fromEntries(names.map((name) => [name, 'redact']));
  const first = {
    ...basic,
    table: undefined,
    tables: {
      t: {
        table: 't',
        cast: { ...map, 'date-column': 'decimal(1,0)' },
        mask: masks,
        'redact-stats': quoted,
        'date-column': quoted[3],
        'partition-by': ['"x:day"', ...quoted.map((name) => `${name}:month`)],
        expect: { unique: [quoted], columns: { in: { in: ['a,b'] } } },
      },
    },
    cast: map,
    mask: masks,
    redactStats: quoted,
    split: '"x, y"=a,z=b',
    splitBy: ' k',
    expect: { unique: [quoted] },
  };
  const one = await plan(first);
  const flags: Record<string, string[]> = {};
  for (const [key, value] of flagsOf(one.command)) (flags[key] ??= []).push(value);
  const context = plainContext();
  const again = await resolvePlan(await readOptions({ flags, configFile: false }, context), context);
  expect(again).toEqual(one);
  expect(one.tables[0]!.partitioning?.by.map(({ column }) => column)).toEqual(['x:day', ...names]);
  expect(one.masks.columns).toEqual(masks);
});

/** A command's flags as a shell would give them. */
function flagsOf(command: string): [key: string, value: string][] {
  return [...command.matchAll(/ --([a-z-]+) ((?:'[^']*'|\\.|[^\s'])+)/g)].map(([, key, word]) => [
    key!,
    word!.replaceAll(/'([^']*)'|\\(.)/g, '$1$2'),
  ]);
}

it('puts every option into the command that the version depends on', async () => {
  const split = {
    split: 'a=0.5,b=0.5',
    'split-key': 'id',
    'split-salt': 's',
    'split-strata': ['x', 'y'],
    'split-exact': true,
  };
  const rest = {
    'split-null': 'a',
    'split-label': 'x',
    sample: '0.5',
    'partition-by': 'p',
    'partition-columns': 'path',
  };
  const csv = { format: 'csv', compression: 'gzip', 'csv-separator': ';', 'csv-null': 'NULL', digest: 'off' };
  const groups: readonly Record<string, unknown>[] = [
    { ...split, ...rest, 'dataset-card': true, expect: { rows: { min: 1 } }, 'expect-warn': '{unique: [[a]]}' },
    {
      ...csv,
      'single-file': true,
      name: 'all',
      'time-zone': 'Europe/Helsinki',
      'date-column': 'd',
      'redact-stats': 'r',
    },
    { split: 'a,b', 'split-time': 'day=2024-01-01', misfit: 'null', infinity: 'null', cast: { a: 'text' } },
    { split: 'a,b', 'split-by': 'k', mask: { m: 'redact' }, limit: 5, 'shard-size': '1MiB', date: '2024-01-02' },
    { table: undefined, tables: { t: { table: 't' } } },
    { table: undefined, query: 'SELECT :p, :date', param: { p: '1' }, from: 'dataset://orders/2023' },
    { table: undefined, query: 'SELECT :q', 'secret-param': 'q=hidden' },
    { parent: 'outputs/orders', 'first-run': true, 'when-unchanged': 'republish', schema: 'evolve' },
    { full: true },
    { source: 'bigquery://p/d', 'as-of': '2024-06-30T22:00:00Z' },
    { 'if-changed': 'outputs/orders', 'reuse-files': true, 'snapshot-id': undefined },
    { parent: 'p', mode: 'upsert', key: ['id', 'line'], deletes: 'scan', 'compact-after': 30 },
    { parent: 'p', cursor: ['at', 'id'], lag: '1h', 'cursor-floor': '1d', 'null-cursor': 'skip' },
  ];
  const said = new Set<string>();
  for (const group of groups) {
    const given = Object.fromEntries(
      Object.entries(group).map(([key, value]) => [
        key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
        value,
      ]),
    );
    const { command } = await plan({ ...basic, ...given });
    for (const key of Object.keys(group))
      if (group[key] !== undefined && key !== 'date') expect(command).toContain(` --${key}`);
    for (const [, key] of command.matchAll(/ --([a-z-]+)/g)) said.add(key!);
  }
  const needed = optionKeys.filter((key) => definitionOf(key).reproduces);
  expect(needed.filter((key) => !said.has(key) && !['query-file', 'config', 'consistency'].includes(key))).toEqual([]);
});
