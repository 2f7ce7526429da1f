import { counted, formatBytes, formatCount } from '../core/units.js';
import type { SummarySection, VersionSummary } from './summary-shape.js';

const roads = {
  first: 'all rows: there was no version to go on from',
  full: 'all rows, by request: a new chain',
  history: 'exactly the rows that the parent has not, by the changes that the source tells',
  window: 'rows whose cursor lies after the parent, and those around it that it does not have',
  compacted: 'all rows of a chain of versions, which were merged: the source was not asked',
  transactions: 'exactly the rows that the parent could not see, by the transaction that wrote each',
} as const;

/** Versions named in full at the ends of a long chain. */
const named = 3;

/** What a version goes on from, and how it was told what is new since. */
export function incrementSections(summary: VersionSummary): SummarySection[] {
  const { increment, parent, inherits, chain, compacts, tables } = summary;
  const told: [string, string][] = [];
  if (increment) told.push(...certificateLines(increment));
  if (compacts)
    told.push(['merged', `${counted(compacts.versions, 'version')} up to ${compacts.uri}, id ${compacts.id}`]);
  if (parent) told.push(['parent', `${parent.uri}, id ${parent.id}`], ...inheritedLines(inherits));
  if (chain) {
    const replaced = tables.some(({ key }) => key !== undefined) ? ', those too that were replaced by key' : '';
    told.push(['together', `${counted(chain.rows, 'row')}, ${formatBytes(chain.bytes)}${replaced}`]);
    told.push(...tables.flatMap((table) => liveLines(table, tables.length > 1)));
    if (chain.digest !== undefined) told.push(['their digest', chain.digest]);
  }
  return told.length === 0 ? [] : [{ title: 'Increment', lines: told }];
}

function certificateLines(increment: NonNullable<VersionSummary['increment']>): [string, string][] {
  const { road, from, to, assumed, wholly, added, rows, candidates, dropped, nullCursors } = increment;
  return [
    ['read', roads[road]],
    ...(from === undefined ? [] : [['from', from] as [string, string]]),
    ...(to === undefined ? [] : [['to', to] as [string, string]]),
    [road === 'compacted' ? 'rows' : 'new rows', formatCount(rows)],
    ...(candidates === undefined || dropped === undefined
      ? []
      : [
          ['of these read', `${formatCount(candidates)}, of which the parent has ${formatCount(dropped)}`] as [
            string,
            string,
          ],
        ]),
    ...(nullCursors === undefined
      ? []
      : [['left out', `${formatCount(nullCursors)} rows without a value in their cursor`] as [string, string]]),
    ...wholly.map((name): [string, string] => ['new part', `${name}: all its rows`]),
    ...added.map((column): [string, string] => ['new column', `${column}: NULL in earlier versions`]),
    ['assumed', assumed.length === 0 ? 'nothing' : assumed.join('; ')],
  ];
}

function liveLines({ name, live }: VersionSummary['tables'][number], several: boolean): [string, string][] {
  if (live === undefined) return [];
  const { rows, inserted, replaced, gone } = live;
  const counts = [
    `${formatCount(rows)} rows count`,
    `${formatCount(inserted)} came`,
    `${formatCount(replaced)} were replaced`,
  ];
  return [[several ? `of ${name}` : 'of these', `${counts.join(', ')}, ${formatCount(gone)} are gone`]];
}

function inheritedLines(inherits: VersionSummary['inherits']): [string, string][] {
  const line = ({ version, rows, files }: VersionSummary['inherits'][number]): [string, string] => [
    'inherits',
    `${version}: ${formatCount(rows)} rows, ${formatCount(files)} ${files === 1 ? 'file' : 'files'}`,
  ];
  if (inherits.length <= 2 * named) return inherits.map(line);
  const between = inherits.length - 2 * named;
  return [
    ...inherits.slice(0, named).map(line),
    ['inherits', `${formatCount(between)} versions between`],
    ...inherits.slice(-named).map(line),
  ];
}
