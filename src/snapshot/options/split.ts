import { invalidRequest } from '../../core/errors.js';
import { momentParts } from '../../core/moment.js';
import type { Sample } from '../../partition/sample.js';
import { type ExactRatios, type HashPart, positionsInAll, type Split } from '../../partition/split.js';
import type { NamedValue } from './names.js';
import type { OptionValues } from './table.js';

const example = '--split train=0.7,validation=0.15,test=0.15';

/**
 * The split that options ask for; undefined: none.
 * @throws request.invalid where they do not go together
 */
export function resolveSplit(values: OptionValues): Split | undefined {
  const { split, 'split-time': time, 'split-by': column, 'split-key': key, 'split-salt': salt = '' } = values;
  const ofSplits = [
    'split-time',
    'split-by',
    'split-exact',
    'split-strata',
    'split-null',
    'split-label',
    'split-datasets',
  ] as const;
  const ofEntities = ['split-key', 'split-salt'] as const;
  const [lonely] = [...(values.sample === undefined ? ofEntities : []), ...ofSplits].filter(
    (one) => values[one] !== undefined,
  );
  if (split === undefined) {
    if (lonely !== undefined)
      throw invalidRequest(`${lonely}: there is no split to go with it`, `Name its parts: ${example}.`);
    return undefined;
  }
  assertAlone(values);
  // A shell's variable that is empty must not take the key away.
  const empty = (['split-key', 'split-strata'] as const).find((one) => values[one]?.length === 0);
  if (empty !== undefined) throw invalidRequest(`${empty}: no column is named`, 'Name one, or leave it out.');
  const exact = exactRatios(values);
  const nullKeys = values['split-null'] === undefined ? 'fail' : { to: values['split-null'] };
  if (nullKeys !== 'fail') assertName(nullKeys.to, 'split-null');
  if (time !== undefined)
    return { by: 'time', column: time.column, key: key ?? [], ...timeParts(split, time.values), nullKeys };
  if (column !== undefined) return { by: 'column', column, key: key ?? [], names: valueNames(split), nullKeys };
  if (key === undefined && nullKeys !== 'fail')
    throw invalidRequest('split-null: without --split-key no row lacks a key', 'Leave it out.');
  return { by: 'hash', key: key ?? [], salt, parts: hashParts(split), nullKeys, ...(exact && { exact }) };
}

/** Exact ratios depend on all entities that there are: none of an earlier version would be sure to stay where it is. */
function exactRatios(values: OptionValues): ExactRatios | undefined {
  const { 'split-exact': exact, 'split-strata': strata, 'split-key': key, from } = values;
  if (strata === undefined && exact !== true) return undefined;
  const given = strata === undefined ? 'split-exact' : 'split-strata';
  if (exact === false) throw invalidRequest('split-strata: shares inside strata are exact', 'Leave --split-exact out.');
  const other = (['split-time', 'split-by'] as const).find((way) => values[way] !== undefined);
  if (other !== undefined) throw invalidRequest(`${given}: a split with --${other} has no shares`, 'Leave it out.');
  if (key === undefined) {
    throw invalidRequest(
      `${given}: without --split-key there is nothing to count`,
      "Name the columns that tell an entity; where every row is one, the table's primary key: --split-key id.",
    );
  }
  if (from !== undefined) {
    throw invalidRequest(
      `${given}: does not go with --from ${from}: of more entities others are in each part, and those of the earlier version would move`,
      'Leave it out: then shares come near, and every entity stays where it is.',
    );
  }
  return { strata: strata ?? [], bounds: [] };
}

/**
 * The sample that options ask for; undefined: all rows.
 * @throws request.invalid for a share that is none
 */
export function resolveSample({
  sample,
  'split-key': key = [],
  'split-salt': salt = '',
}: OptionValues): Sample | undefined {
  if (sample === undefined) return undefined;
  const below = positionsOf(sample);
  if (below !== undefined && below < positionsInAll) return { below, key, salt };
  throw invalidRequest(
    `sample: ${sample} is no share (allowed: a number above 0 and below 1, of at most 9 digits after the point)`,
    'For example: --sample 0.01 --split-key customer_id keeps one customer of a hundred.',
  );
}

/** Warnings of a split that may not be what was meant. */
export function splitWarnings(split: Split | undefined, sample: Sample | undefined): readonly string[] {
  if (sample?.key.length === 0) {
    return [
      'without --split-key a sample is of rows: of one customer it may have some, and of several tables rows that do not go together',
    ];
  }
  if (split?.by !== 'hash' || split.key.length > 0) return [];
  return [
    'without --split-key every row is an entity of its own: rows of one customer may be in several parts of the split',
  ];
}

function assertAlone(values: OptionValues): void {
  const ways = (['split-time', 'split-by'] as const).filter((one) => values[one] !== undefined);
  if (ways.length > 1)
    throw invalidRequest(
      `${ways.map((way) => `--${way}`).join(' and ')} exclude each other`,
      'A split is by time, or as a column says.',
    );
  if (values.sample === undefined && values['split-salt'] !== undefined && ways[0] !== undefined) {
    throw invalidRequest(`split-salt: a split with --${ways[0]} has none`, 'Leave it out.');
  }
}

/** Shares are counted in 10^-9, as people write them: 0.1 + 0.2 is 0.3 here. */
function hashParts(split: readonly NamedValue[]): HashPart[] {
  let below = 0;
  const parts = split.map(({ name, value }) => {
    assertName(name, 'split');
    const share = shareOf(name, value);
    below += share;
    return { name, below };
  });
  assertDistinct(split);
  if (below !== positionsInAll) {
    throw invalidRequest(`split: the shares add up to ${decimalText(below)}, and not to 1`, `For example: ${example}.`);
  }
  return parts;
}

function shareOf(name: string, value: string | undefined): number {
  const share = positionsOf(value ?? '');
  if (share !== undefined) return share;
  const what = value === undefined ? `"${name}" has no share` : `"${value}" is not the share of ${name}`;
  throw invalidRequest(
    `split: ${what} (allowed: a number above 0 and up to 1, of at most 9 digits after the point)`,
    `For example: ${example}. By time or by a column: --split-time, --split-by.`,
  );
}

/** A share in 10^-9, above 0 and up to 1. */
function positionsOf(text: string): number | undefined {
  const match = /^(0|1)?(?:\.(\d{1,9})0*)?$/.exec(text);
  if (match === null || text === '') return undefined;
  const positions = Number(match[1] ?? 0) * positionsInAll + Number((match[2] ?? '').padEnd(9, '0'));
  return positions > 0 && positions <= positionsInAll ? positions : undefined;
}

const decimalText = (positions: number): string => String(Number((positions / positionsInAll).toFixed(9)));

function timeParts(
  split: readonly NamedValue[],
  cuts: readonly string[],
): { readonly names: readonly string[]; readonly cuts: readonly string[] } {
  const valued = split.find(({ value }) => value !== undefined);
  if (valued !== undefined)
    throw invalidRequest(
      `split: ${valued.name}=${valued.value} has a share, and a split by time has none`,
      'Name the parts alone: --split train,validation,test.',
    );
  const names = split.map(({ name }) => name);
  names.forEach((name) => assertName(name, 'split'));
  assertDistinct(split);
  if (names.length !== cuts.length + 1) {
    throw invalidRequest(
      `split-time: ${cuts.length} cuts make ${cuts.length + 1} parts, and ${names.length} are named: ${names.join(', ')}`,
      'A cut stands between two parts: --split train,test --split-time day=2024-01-01.',
    );
  }
  for (const [index, cut] of cuts.entries()) {
    if (momentParts(cut) === undefined)
      throw invalidRequest(
        `split-time: "${cut}" is neither a day nor a moment`,
        'Write 2024-01-31, or 2024-01-31T12:00:00Z.',
      );
    if (index > 0 && Date.parse(cut) <= Date.parse(cuts[index - 1]!))
      throw invalidRequest(`split-time: ${cut} does not come after ${cuts[index - 1]}`, 'Give cuts in their order.');
  }
  return { names, cuts };
}

function valueNames(split: readonly NamedValue[]): Record<string, string> {
  const names = split.map(({ name, value }) => [name, value ?? name] as const);
  names.forEach(([, name]) => assertName(name, 'split'));
  assertDistinct(split);
  return Object.fromEntries(names);
}

function assertDistinct(split: readonly NamedValue[]): void {
  const names = split.map(({ name }) => name.toLowerCase());
  const twice = split.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
  if (twice !== undefined)
    throw invalidRequest(
      `split: ${twice.name} is named twice`,
      'Give every part once: names that differ in capitals alone are the same. With --split-by it is value=name, each value once.',
    );
}

/** It stands in names of files and folders, between hyphens. */
function assertName(name: string, key: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && !name.includes('--') && !name.endsWith('-')) return;
  throw invalidRequest(
    `${key}: "${name}" cannot be a part's name`,
    'Letters, digits, ".", "_" and single "-", beginning with a letter or a digit, at most 64.',
  );
}
