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
