import { inLine } from '../core/in-line.js';
import { ownValue } from '../core/own-value.js';
import { shownValue } from '../core/shown-value.js';
import { partitionName } from '../core/target-place.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import type { ManifestVersion } from './shape.js';
import type { SummarySection, SummaryTable, VersionSummary } from './summary-shape.js';

/** The parts of a table's split, with the classes of their rows, and the entities in them. */
export function splitSections(
  { name, rows, splits, splitKey }: SummaryTable,
  { split, entities, tables }: Pick<VersionSummary, 'split' | 'entities' | 'tables'>,
): SummarySection[] {
  if (splits.length === 0 || split === undefined) return [];
  const lines = splits.map((part): [string, string] => {
    const share = rows === 0 ? 0 : (100 * part.rows) / rows;
    const parts = [counted(part.rows, 'row'), `${share.toFixed(1)} %`, formatBytes(part.bytes)];
    const more = [part.digest, classesText(part)].filter((text) => text !== undefined);
    return [part.split, [...parts, ...more].join(', ')];
  });
  const order = splits.map((part) => part.split);
  const inParts = entities && ([['entities', entitiesText(entities, order, tables.length)]] as const);
  return [
    {
      title: `Split of ${name}`,
      lines: [['by', splitText(splitKey ? { ...split, key: splitKey } : split)], ...lines, ...(inParts ?? [])],
    },
    ...strataSections(split),
  ];
}

const strataShown = 20;

/** How many entities of every stratum are in each part. */
function strataSections(split: NonNullable<ManifestVersion['split']>): SummarySection[] {
  if (split.by !== 'hash' || split.exact === undefined) return [];
  const { strata, bounds } = split.exact;
  if (strata.length === 0 || bounds.length === 0) return [];
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const shown = bounds.toSorted((a, b) => total(b.entities) - total(a.entities)).slice(0, strataShown);
  const lines = shown.map(({ values, entities }): [string, string] => {
    const each = split.parts.map(({ name }, part) => `${name} ${formatCount(entities[part]!)}`);
    return [
      values.map((value, index) => `${strata[index]}=${shownValue(value)}`).join(', '),
      `${formatCount(total(entities))} ${total(entities) === 1 ? 'entity' : 'entities'}: ${each.join(', ')}`,
    ];
  });
  const more = bounds.length - shown.length;
  const rest: [string, string][] = more > 0 ? [['…', `and ${formatCount(more)} more`]] : [];
  return [{ title: `Strata of ${strata.join(', ')}`, lines: [...lines, ...rest] }];
}

/** `200,000: train 140,213, test 59,787; none in several parts`. */
function entitiesText(
  { total, parts, inSeveral }: NonNullable<VersionSummary['entities']>,
  order: readonly string[],
  tables: number,
): string {
  const names = Object.keys(parts).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const each = names.map((part) => `${part} ${formatCount(parts[part]!)}`);
  const several = inSeveral === 0 ? 'none' : formatCount(inSeveral);
  return `${formatCount(total)}${tables > 1 ? ' in all tables' : ''}: ${each.join(', ')}; ${several} in several parts`;
}

const partitionsShown = 20;

/** The largest partitions, and how many there are. */
export function partitionSections({ name, partition, partitions }: SummaryTable): SummarySection[] {
  if (partition === undefined) return [];
  const names = partition.by.map(partitionName);
  const shown = partitions.toSorted((a, b) => b.rows - a.rows).slice(0, partitionsShown);
  const by = partition.by
    .map(({ column, unit }) => inLine(unit === undefined ? column : `${unit} of ${column}`))
    .join(', ');
  const where = partition.columns === 'path' ? "; the columns are in folders' names alone" : '';
  const lines = shown.map(({ partition: values, rows, bytes }): [string, string] => [
    names.map((key) => `${key}=${shownValue(ownValue(values, key) ?? null)}`).join(', '),
    `${counted(rows, 'row')}, ${formatBytes(bytes)}`,
  ]);
  const more = partitions.length - shown.length;
  return [
    {
      title: `Partitions of ${name}`,
      lines: [
        ['by', `${by}${where}`],
        ...lines,
        ...(more > 0 ? [['…', `and ${formatCount(more)} more`] as [string, string]] : []),
      ],
    },
  ];
}

/** `false 84.1 %, true 14.9 %, NULL 1.0 %`: of the rows of a part, the most frequent first. */
function classesText({ classes, rows: all }: SummaryTable['splits'][number]): string | undefined {
  if (classes === undefined) return undefined;
  const counts = Object.entries(classes).sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  const nulls = counts.reduce((left, [, rows]) => left - rows, all);
  const shareText = ([value, rows]: readonly [string | null, number]): string =>
    `${shownValue(value)} ${((100 * rows) / all).toFixed(1)} %`;
  const shown = counts.slice(0, 10).map(shareText);
  const more = counts.length > 10 ? ['…'] : [];
  return [...shown, ...more, ...(nulls > 0 ? [shareText([null, nulls])] : [])].join(', ');
}

function splitText(split: NonNullable<ManifestVersion['split']>): string {
  const nulls = split.nullKeys === 'fail' ? '' : `; NULL to ${split.nullKeys.to}`;
  switch (split.by) {
    case 'hash':
      return `${hashText(split.key, split.salt)}${exactText(split.exact)}${nulls}`;
    case 'time':
      return `${inLine(split.column)}, cut at ${split.cuts.join(' and ')}${nulls}`;
    case 'column':
      return `the values of ${inLine(split.column)}${nulls}`;
  }
}

function exactText(exact: { readonly strata: readonly string[] } | undefined): string {
  if (exact === undefined) return '';
  return exact.strata.length === 0 ? ', exact' : `, exact inside strata of ${exact.strata.map(inLine).join(', ')}`;
}

/** `1 % of the entities, by hash of customer_id`. */
export function sampleText({ below, key, salt }: NonNullable<ManifestVersion['sample']>): string {
  const share = Number((below / 1e7).toFixed(7));
  return `${share} % of the ${key.length === 0 ? 'rows' : 'entities'}, by ${hashText(key, salt)}`;
}

function hashText(key: readonly string[], salt: string): string {
  return `hash of ${key.length === 0 ? 'the whole row' : key.map(inLine).join(', ')}${salt === '' ? '' : `, salt ${JSON.stringify(salt)}`}`;
}
