import { formatCount } from '../core/units.js';
import type { Lineage } from '../manifest/shape-run.js';
import type { LineageEntry } from '../version/lineage.js';
import { labelled } from './columns.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

const relations = {
  itself: 'this version',
  inherited: 'its rows are part of it',
  merged: 'was merged into it',
  reused: 'some of its files are part of it',
} as const;

const states = {
  here: undefined,
  other: 'what lies there is not the version that was gone on from',
  missing: 'is not here',
} as const;

/** @param execution what the platform says of the execution that asks; undefined: it is none */
export function showLineage(
  entries: readonly LineageEntry[],
  execution: Lineage | undefined,
  { json, print, colors: { bold } }: Terminal,
): void {
  if (json) {
    print(JSON.stringify({ lineage: entries, ...(execution && { execution }) }));
    return;
  }
  for (const [index, entry] of entries.entries()) {
    if (index > 0) print('');
    print(bold(printable(entry.version)));
    for (const line of labelled(linesOf(entry))) print(line);
  }
  if (execution === undefined) return;
  print('');
  print(bold('This execution'));
  for (const line of labelled(executionLines(execution))) print(line);
}

function linesOf(entry: LineageEntry): readonly (readonly [string, string])[] {
  const { id, relation, state, rows, readAt, server, road, assumed = [], execution, signer, command } = entry;
  const lines: [string, string | undefined][] = [
    ['', states[state] ?? relations[relation]],
    ['id', id],
    ['rows', rows === undefined ? undefined : formatCount(rows)],
    ['read at', readAt],
    ['from', server && (server.host === '' ? server.version : `${server.kind}, ${server.database} on ${server.host}`)],
    ['new rows by', road],
    ['assumed', assumed.length === 0 ? undefined : assumed.join('; ')],
    ...(execution === undefined ? [] : executionLines(execution)),
    ['signed by', signer],
    ['command', command],
  ];
  return lines.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]));
}

const executionLines = (execution: Lineage): [string, string][] =>
  Object.entries(execution).flatMap(([key, value]) => (value === undefined ? [] : [[key, [value].flat().join(', ')]]));
