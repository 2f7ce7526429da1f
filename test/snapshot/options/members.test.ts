import { describe, expect, it } from 'vitest';
import { readOptions, resolvePlan } from '../../../src/snapshot/options.js';
import type { Membership } from '../../../src/snapshot/plan.js';
import { plainContext } from './context.js';

type Env = Readonly<Record<string, string>>;

async function memberOf(library: object, env: Env = {}): Promise<Membership | undefined> {
  const given = { source: 'postgres://me@db/shop', table: 'orders', dataset: 'dataset://orders/1', ...library };
  const context = plainContext({ env });
  const set = await readOptions({ library: given, configFile: false }, context);
  return (await resolvePlan(set, context)).member;
}

describe('which member it is', () => {
  it.each<[string, object, Env, Membership | undefined]>([
    ['none', {}, { VH_DIST_MEMBER_INDEX: '1', VH_DIST_MEMBER_COUNT: '3' }, undefined],
    ['one of one', { member: '0/1' }, {}, undefined],
    ['the second of three', { member: '1/3' }, {}, { index: 1, count: 3, patience: 60_000 }],
    ['with more patience', { member: '0/2', memberTimeout: '5m' }, {}, { index: 0, count: 2, patience: 300_000 }],
    [
      'as Valohai tells',
      { member: 'auto' },
      { VH_DIST_MEMBER_INDEX: '2', VH_DIST_MEMBER_COUNT: '4' },
      { index: 2, count: 4, patience: 60_000 },
    ],
    [
      'as Kubernetes tells',
      { member: 'auto/5' },
      { JOB_COMPLETION_INDEX: '4' },
      { index: 4, count: 5, patience: 60_000 },
    ],
    [
      'as Slurm tells, which may count from 1',
      { member: 'auto' },
      { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '2' },
      { index: 0, count: 2, patience: 60_000 },
    ],
  ])('is told: %s', async (_, options, env, expected) => {
    expect(await memberOf(options, env)).toEqual(expected);
  });

  it.each<[string, object, Env, RegExp]>([
    ['more than there are', { member: '3/3' }, {}, /^member: 3\/3 is no member: the first number is below the second/],
    ['none of none', { member: '0/0' }, {}, /^member: 0\/0 is no member/],
    ['a word', { member: 'first' }, {}, /^member: "first" is not allowed/],
    [
      'no platform',
      { member: 'auto' },
      {},
      /^member: auto looks for VH_DIST_MEMBER_INDEX, JOB_COMPLETION_INDEX, SLURM/,
    ],
    [
      'a platform that does not tell of how many',
      { member: 'auto' },
      { JOB_COMPLETION_INDEX: '0' },
      /^member: Kubernetes tells which member this is \(JOB_COMPLETION_INDEX=0\), and not of how many/,
    ],
    ['a number that is none', { member: 'auto/2' }, { JOB_COMPLETION_INDEX: 'x' }, /^member: NaN\/2 is no member/],
    [
      'a source whose moment is its own',
      { member: '0/2', source: 'mysql://me@db/shop' },
      {},
      /^member: mysql:\/\/ gives a run's moment to its own machine alone/,
    ],
    ['a split', { member: '0/2', split: 'a=0.5,b=0.5', splitKey: 'id' }, {}, /^member: does not go with split/],
    ['a sample', { member: '0/2', sample: '10%', splitKey: 'id' }, {}, /member: does not go with sample/],
    ['partitions', { member: '0/2', partitionBy: 'day' }, {}, /^member: does not go with partition-by/],
    ['an increment', { member: '0/2', parent: '/versions/1' }, {}, /member: does not go with parent/],
    [
      'a version that may not be made',
      { member: '0/2', ifChanged: '/versions/1' },
      {},
      /member: does not go with if-chan/,
    ],
    ['a name of each process', { member: '1/2', dataset: 'dataset://d/{run}' }, {}, /^member: \{run\} of dataset is/],
    ['another attempt', { member: '0/2', whenLost: 'restart' }, {}, /^member: does not go with when-lost/],
    [
      'a secret in a statement',
      { member: '0/2', table: undefined, query: 'SELECT :who AS who', secretParam: { who: 'x' } },
      {},
      /^member: does not go with secret-param/,
    ],
  ])('is refused: %s', async (_, options, env, message) => {
    await expect(memberOf(options, env)).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message),
    });
  });
});
