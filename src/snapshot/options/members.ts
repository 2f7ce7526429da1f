import type * as z from 'zod';
import { invalidRequest } from '../../core/errors.js';
import type { SourceDescription } from '../../core/source-description.js';
import type { Membership } from '../plan.js';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';

/** Milliseconds. */
const defaultPatience = 60_000;
const mostMembers = 1000;

/** How several machines make one version. */
export const members = {
  member: define({
    schema: kind.text.regex(/^(?:auto(?:\/\d{1,4})?|\d{1,4}\/\d{1,4})$/),
    group: 'Budgets',
    value: '<i/n>',
    help: 'Which of how many machines that make this version together: 0/3 leads, 1/3 and 2/3 write what it deals out. auto: what Valohai, Kubernetes or Slurm tell',
    allowed: `i/n with i below n and n at most ${mostMembers}; auto, or auto/n where the platform does not tell n`,
  }),
  'member-timeout': define({
    schema: kind.duration(1000),
    group: 'Budgets',
    value: '<time>',
    help: 'How long a member may give no sign of life: then others write what it had, and without member 0 all end',
    allowed: 'a time such as 60s or 5m, at least 1s; a number alone is seconds',
    default: '1m',
  }),
} satisfies Record<string, OptionDefinition>;

type Values = { readonly [K in keyof typeof members]?: z.output<(typeof members)[K]['schema']> };

type Env = Readonly<Record<string, string | undefined>>;

/** What platforms tell a process that is one of several: which, and of how many where they do. */
const platforms: readonly {
  readonly name: string;
  readonly index: string;
  readonly count: string | undefined;
  /** The number of the first one. */
  readonly first?: string;
}[] = [
  { name: 'Valohai', index: 'VH_DIST_MEMBER_INDEX', count: 'VH_DIST_MEMBER_COUNT' },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', count: undefined },
  { name: 'Slurm', index: 'SLURM_ARRAY_TASK_ID', count: 'SLURM_ARRAY_TASK_COUNT', first: 'SLURM_ARRAY_TASK_MIN' },
];

/**
 * Which member of how many this process is; undefined: it makes the version alone.
 * @throws request.invalid
 */
export function resolveMembership(values: Values, env: Env, source: SourceDescription): Membership | undefined {
  const { member, 'member-timeout': patience = defaultPatience } = values;
  if (member === undefined) return undefined;
  const { index, count } = memberNumbers(member, env);
  if (count === 1) return undefined;
  if (source.sharesMoments) return { index, count, patience };
  throw invalidRequest(
    `member: ${source.schemes[0]!}:// gives a run's moment to its own machine alone, and rows of two moments are never put together`,
    'Leave it out: one machine reads all, by as many lanes as the source takes.',
  );
}

/** @param member as {@link members} has it @throws request.invalid */
export function memberNumbers(member: string, env: Env): Pick<Membership, 'index' | 'count'> {
  const [index, count] = member.startsWith('auto') ? byPlatform(member, env) : numbersOf(member);
  if (count >= 1 && count <= mostMembers && index >= 0 && index < count) return { index, count };
  throw invalidRequest(
    `member: ${index}/${count} is no member: the first number is below the second, which is from 1 to ${mostMembers}`,
    'Members are counted from 0: of three they are 0/3, 1/3 and 2/3.',
  );
}

const numbersOf = (text: string): [number, number] => text.split('/').map(Number) as [number, number];

function byPlatform(member: string, env: Env): [number, number] {
  const [, given] = member.split('/');
  for (const { name, index, count, first } of platforms) {
    const own = env[index];
    if (own === undefined || own === '') continue;
    const all = given ?? (count === undefined ? undefined : env[count]);
    if (all === undefined || all === '')
      throw invalidRequest(
        `member: ${name} tells which member this is (${index}=${own}), and not of how many`,
        `Say it: --member auto/n${count === undefined ? '' : `, or ${count}`}.`,
      );
    return [Number(own) - Number((first && env[first]) ?? 0), Number(all)];
  }
  throw invalidRequest(
    `member: auto looks for ${platforms.map(({ index }) => index).join(', ')}, and none of them is set`,
    'Say which member it is: --member 0/3.',
  );
}

/** Options that put rows in places that are known only when all are read, or that hold what one machine alone knows. */
const alone = [
  'sample',
  'split',
  'split-key',
  'split-time',
  'split-datasets',
  'partition-by',
  'parent',
  'if-changed',
  'deletes',
  'resume',
  'secret-param',
  'staging',
] as const;

/** What each process fills in by itself. */
const ownNames = /\{(?:run|datetime)\}/;

/** @throws request.invalid for what one machine makes alone, and for a version that would have another name on each */
export function checkMembership(
  membership: Membership | undefined,
  values: { readonly [K in (typeof alone)[number]]?: unknown } & {
    readonly 'when-lost'?: string | undefined;
    readonly dataset?: string | undefined;
  },
): void {
  if (membership === undefined) return;
  const [name] = ownNames.exec(values.dataset ?? '') ?? [];
  if (name !== undefined)
    throw invalidRequest(
      `member: ${name} of dataset is another one on each machine, and they make one version`,
      'Name the version by {date} with --date, by a parameter, or in full.',
    );
  const key = alone.find((one) => values[one] !== undefined && values[one] !== false);
  const found = key ?? (values['when-lost'] === 'restart' ? 'when-lost' : undefined);
  if (found === undefined) return;
  throw invalidRequest(
    `member: does not go with ${found}`,
    'Leave one of them out. What several machines write they write at once, file by file, and in one attempt.',
  );
}
