import { optionNameInLine } from '../core/option-name.js';
import { type Around, type OpenChain, openChain } from '../compact/open-chain.js';
import { invalidRequest } from '../core/errors.js';
import { inLine } from '../core/in-line.js';
import type { RunListener } from '../core/progress.js';
import { formatCount } from '../core/units.js';
import { shardsOfVersion } from '../manifest/shards.js';
import type { Among } from '../partition/among.js';
import { installedPorts, type Ports } from '../snapshot/ports.js';
import { RunEvents } from '../snapshot/run-events.js';
import { changedValues, type ChangedValues } from './changed-values.js';
import { columnDiffs } from './column-diffs.js';
import { compareSides } from './compare-sides.js';
import type { ComparedVersion, RowChanges, SharedFiles, TableDiff, VersionDiff } from './diff-shape.js';
import type { DifferingKeys } from './differing-keys.js';
import { readVersions, rowsAmong, type VersionReading, type VersionRows, type WantedTable } from './read-versions.js';
import { type Room, withRooms } from './rooms.js';
import type { RowDifferences } from './row-differences.js';
import { type Chain, newestOf, pairsOf, tableChanges, type TablePair } from './table-pairs.js';

/** How two versions are compared. */
export interface DiffPlan extends Pick<VersionReading, 'lanes' | 'memory' | 'cores'> {
  /** Columns that tell a row, in tables that have them; undefined: those that replace rows by, in both versions. */
  readonly key: readonly string[] | undefined;
  /** How many rows of each sort are shown. */
  readonly rows: number;
  /** Where scratch files go; undefined: where the system has such. */
  readonly scratch: string | undefined;
}

/**
 * Compares two versions, each with all that it inherits. Where digests agree, no file is read; else both are read once, and rows that changed
 * once more, in memory that is bounded.
 * @param chains oldest versions first
 * @throws request.invalid for a key that is in no table, or does not tell rows apart; verification.failed where files are not as they are
 *   listed; the signal's reason
 */
export async function diffVersions(
  [from, to]: readonly [Chain, Chain],
  plan: DiffPlan,
  { signal, listener, ports = installedPorts }: { signal: AbortSignal; listener: RunListener; ports?: Ports },
): Promise<VersionDiff> {
  const events = new RunEvents(listener, [], ports.machine.clock);
  const pairs = pairsOf([from, to], plan.key);
  const differing = pairs.filter(({ same }) => !same);
  const read =
    differing.length === 0
      ? new Map<string, TableDiff>()
      : await withRooms(ports, plan.scratch, (open) =>
          readBoth([from, to], differing, plan, { open, around: { ports, events, signal } }),
        );
  const tables = pairs.map((pair) => read.get(pair.from.name) ?? sameTable(pair));
  const schema = [...tableChanges([from, to]), ...pairs.flatMap((pair) => pair.schema)];
  return {
    same: schema.length === 0 && tables.every((table) => table.same),
    from: comparedVersion(from, tables, 'from'),
    to: comparedVersion(to, tables, 'to'),
    schema,
    rows: tables.reduce((sum, { rows }) => addChanges(sum, rows), noChanges),
    tables,
    files: sharedFiles([from, to]),
    read: read.size > 0,
    seconds: events.seconds(),
  };
}

type Side = 'from' | 'to';

const noChanges: RowChanges = { added: 0, removed: 0, changed: 0, same: 0 };

const addChanges = (a: RowChanges, b: RowChanges): RowChanges => ({
  added: a.added + b.added,
  removed: a.removed + b.removed,
  changed: a.changed + b.changed,
  same: a.same + b.same,
});

function comparedVersion(chain: Chain, tables: readonly TableDiff[], side: Side): ComparedVersion {
  const { place, manifest } = newestOf(chain);
  const { version, id } = manifest;
  // Of a table that the other version does not have, nothing was counted.
  const isWhole = version.tables.length === tables.length;
  return {
    version: version.uri,
    id,
    location: place.store.join(place.folder, place.manifest),
    rows: isWhole ? tables.reduce((sum, { rows }) => sum + rows[side], 0) : (version.chain ?? version).rows,
  };
}

/** Which files both have. */
function sharedFiles([from, to]: readonly [Chain, Chain]): SharedFiles {
  const [before, after] = [filesOf(from), filesOf(to)];
  const shared = [...before].filter(([sha256]) => after.has(sha256));
  return {
    shared: shared.length,
    sharedBytes: shared.reduce((sum, [, bytes]) => sum + bytes, 0),
    from: before.size,
    to: after.size,
  };
}

/** By sha-256, their bytes. */
const filesOf = (chain: Chain): ReadonlyMap<string, number> =>
  new Map(
    chain.flatMap(({ manifest }) => shardsOfVersion(manifest.version)).map(({ sha256, bytes }) => [sha256, bytes]),
  );

function sameTable({ from, told, key, compared, untold }: TablePair): TableDiff {
  const { rows } = told.from!;
  return {
    name: from.name,
    same: true,
    key,
    compared,
    rows: { ...noChanges, same: rows, from: rows, to: rows },
    columns: [],
    untold,
    samples: { added: [], removed: [], changed: [] },
  };
}

/** So many values of a table are sampled at most, and rows. */
const mostSampled = { values: 2_000_000, rows: 20_000 };

/** A version whose files were read once. */
interface ReadSide {
  readonly opened: OpenChain;
  readonly rows: readonly VersionRows[];
}

/** Reads the tables that are not the same, of both versions. */
async function readBoth(
  [from, to]: readonly [Chain, Chain],
  pairs: readonly TablePair[],
  plan: DiffPlan,
  { open, around }: { readonly open: () => Room; readonly around: Around },
): Promise<ReadonlyMap<string, TableDiff>> {
  const most = Math.max(rowsOf(from), rowsOf(to));
  const read = async (chain: Chain, side: Side): Promise<ReadSide> => {
    const wanted = new Map(pairs.map((pair) => [pair[side].name, wantedOf(pair, most)]));
    const room = open();
    const opened = await openChain(chain, { ...room, wanted: (table) => wanted.has(table) }, around);
    return { opened, rows: await readVersions(opened, { ...plan, tables: wanted, room }, around) };
  };
  const [before, after] = [await read(from, 'from'), await read(to, 'to')];
  const rowsIn = ({ rows }: ReadSide, table: string): VersionRows => rows.find(({ name }) => name === table)!;
  const compared: ComparedPair[] = [];
  for (const pair of pairs) {
    const [first, second] = [rowsIn(before, pair.from.name), rowsIn(after, pair.to.name)];
    const how = { isKeyed: pair.key.length > 0, shown: plan.rows, room: open(), signal: around.signal };
    const { found, keys } = await compareSides([first.records, second.records], how);
    assertTellsApart(pair, found.repeated);
    compared.push({ pair, sides: [first, second], keys, found });
  }
  const again = compared.filter(({ keys }) => keys.bits !== undefined);
  const values =
    again.length === 0
      ? undefined
      : await readAgain({ from: before.opened, to: after.opened }, again, { plan, open, around });
  return new Map(
    compared.map(({ pair, sides: [first, second], found }): [string, TableDiff] => {
      const { name } = pair.from;
      const { added, removed, changed, same } = found;
      const differ = values?.get(name);
      const isSame = added + removed + changed === 0 && pair.schema.length === 0;
      const diff: TableDiff = {
        ...{ name, same: isSame, key: pair.key, compared: pair.compared },
        rows: { added, removed, changed, same, from: first.facts.rows, to: second.facts.rows },
        columns: columnDiffs([first, second], pair.key.length === 0 ? undefined : (differ?.changed ?? [])),
        untold: pair.untold,
        samples: differ?.samples ?? { added: [], removed: [], changed: [] },
      };
      return [name, diff];
    }),
  );
}

const rowsOf = (chain: Chain): number => chain.reduce((sum, { manifest }) => sum + manifest.version.rows, 0);

function wantedOf({ key, compared }: TablePair, rows: number): WantedTable {
  const sampled = Math.min(mostSampled.rows, Math.max(1000, Math.floor(mostSampled.values / compared.length)));
  return { key, columns: new Set(compared), sketches: Math.max(1, rows / sampled) };
}

/** @throws request.invalid where rows of one version have the same key */
function assertTellsApart({ from, key }: TablePair, [before, after]: readonly [number, number]): void {
  if (before + after === 0) return;
  throw invalidRequest(
    `key: ${key.map(optionNameInLine).join(', ')} does not tell rows of ${inLine(from.name)} apart: ${formatCount(before)} ${before === 1 ? 'row of the first version has' : 'rows of the first version have'} the key of another one, and ${formatCount(after)} of the second`,
    'Name other columns, or leave --key out: then a row is its own, and a changed one is removed and added.',
  );
}

/** A table, and which keys of it are looked at again. */
interface TableAgain {
  readonly pair: TablePair;
  readonly keys: DifferingKeys;
}

/** A table whose rows were compared. */
interface ComparedPair extends TableAgain {
  readonly sides: readonly [VersionRows, VersionRows];
  readonly found: RowDifferences;
}

/** Looks at rows that differ once more: which columns have other values, and what is to be shown. By the first version's names. */
async function readAgain(
  chains: Readonly<Record<Side, OpenChain>>,
  tables: readonly TableAgain[],
  { plan, open, around }: AgainTools,
): Promise<ReadonlyMap<string, ChangedValues>> {
  const rowsOfSide = (side: Side): ReturnType<typeof rowsAmong> => {
    const byName = new Map(tables.map((one) => [one.pair[side].name, one]));
    const wanted = new Map(
      tables.map(({ pair }) => [pair[side].name, { key: pair.key, columns: new Set(pair.compared) }] as const),
    );
    const amongOf = (name: string): Among => ({ key: byName.get(name)!.pair.key, bits: byName.get(name)!.keys.bits! });
    return rowsAmong(chains[side], amongOf, { ...plan, tables: wanted, room: open() }, around);
  };
  const [before, after] = [await rowsOfSide('from'), await rowsOfSide('to')];
  return new Map(
    tables.map(({ pair, keys }) => {
      const sides = [before.get(pair.from.name)!, after.get(pair.to.name)!] as const;
      return [pair.from.name, changedValues(sides, { key: pair.key, keys, scratch: open().scratch })];
    }),
  );
}

interface AgainTools {
  readonly plan: DiffPlan;
  readonly open: () => Room;
  readonly around: Around;
}
