import { openChain } from '../compact/open-chain.js';
import { hashSumText } from '../core/digest/sums.js';
import type { RunListener } from '../core/progress.js';
import type { ConsistencyCertificate, ServerInfo } from '../core/source.js';
import { typeName } from '../core/types.js';
import type { ManifestTable } from '../manifest/shape.js';
import type { Plan } from '../snapshot/plan.js';
import { installedPorts, type Ports } from '../snapshot/ports.js';
import { RunEvents } from '../snapshot/run-events.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { compareSides } from './compare-sides.js';
import type { CountedRows } from './counted-rows.js';
import { readSource } from './read-source.js';
import { readVersions, type WantedTable } from './read-versions.js';
import { withRooms } from './rooms.js';
import { countedOf, type Told, toldOf } from './told-sums.js';

/** A table of a version beside what its query gives now. */
export interface TableAgainst {
  readonly name: string;
  readonly same: boolean;
  /** Rows that count: of the version with all that it inherits, and of the source. */
  readonly rows: { readonly version: number; readonly source: number };
  /** Columns that have another type, or that one of both does not have; empty: none. */
  readonly schema: readonly { readonly column: string; readonly version?: string; readonly source?: string }[];
  /** Columns whose values are not the same, none where these stand in other rows alone; undefined: rows were not compared. */
  readonly columns: readonly string[] | undefined;
  /** Rows that one of both does not have; undefined: columns differ. */
  readonly only: { readonly version: number; readonly source: number } | undefined;
}

/** A version beside its source. */
export interface Against {
  readonly same: boolean;
  /** Which moment was read: one that was asked for, as the version's own where the source goes back, or that of this run. */
  readonly moment: 'asked' | 'now';
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  readonly tables: readonly TableAgainst[];
  readonly seconds: number;
}

/**
 * Reads what a version was made of once more, and compares it with the version and all that it inherits. Where they are the same no file of
 * the version is read.
 * @param chain oldest first
 * @throws source.*, data.*; verification.failed where files of the version are not as they are listed; the signal's reason
 */
export async function compareWithSource(
  chain: readonly FoundVersion[],
  plan: Plan,
  { signal, listener, ports = installedPorts }: { signal: AbortSignal; listener: RunListener; ports?: Ports },
): Promise<Against> {
  const events = new RunEvents(listener, plan.warnings, ports.machine.clock);
  const around = { ports, events, signal };
  const { version } = chain.at(-1)!.manifest;
  return withRooms(ports, plan.scratch, async (open) => {
    const { tables, ...from } = await readSource(plan, open(), around);
    let read: readonly CountedRows[] | undefined;
    const rowsOfVersion = async (name: string): Promise<CountedRows> => {
      const all = new Map(version.tables.map((table) => [table.name, wholeRows]));
      if (read === undefined) {
        const room = open();
        read = await readVersions(await openChain(chain, room, around), { ...plan, room, tables: all }, around);
      }
      return read.find((table) => table.name === name)!;
    };
    const compared: TableAgainst[] = [];
    for (const [index, told] of version.tables.entries()) {
      const source = tables[index]!;
      const known = toldOf(chain, told) ?? countedOf(await rowsOfVersion(told.name));
      const table = compareTable(told, known, source);
      if (table.same || table.schema.length > 0) compared.push(table);
      else {
        const read = await rowsOfVersion(told.name);
        const how = { isKeyed: false, shown: 0, room: open(), signal };
        const { found } = await compareSides([read.records, source.records], how);
        const only = { version: found.removed, source: found.added };
        compared.push({ ...table, columns: differingColumns(read, source), only });
      }
    }
    const { asOf, asOfStatement, snapshotId } = plan.source;
    const moment = (asOf ?? asOfStatement ?? snapshotId) === undefined ? 'now' : 'asked';
    const same = compared.every((table) => table.same);
    return { same, moment, ...from, tables: compared, seconds: events.seconds() };
  });
}

/** Every row is its own, with all its columns. */
const wholeRows: WantedTable = { key: [], columns: undefined };

function compareTable({ name, schema }: ManifestTable, known: Told, source: CountedRows): TableAgainst {
  const types = new Map(schema.map((line) => [line.name, line.type]));
  const now = new Map(source.columns.map((column) => [column.name, typeName(column.type)]));
  const changed = [...new Set([...types.keys(), ...now.keys()])]
    .filter((column) => types.get(column) !== now.get(column))
    .map((column) => ({
      column,
      ...(types.has(column) && { version: types.get(column)! }),
      ...(now.has(column) && { source: now.get(column)! }),
    }));
  const { rows, sums } = source.facts;
  const sameRows = changed.length === 0 && rows === known.rows && hashSumText(sums!.rows) === hashSumText(known.sum);
  return {
    name,
    same: sameRows,
    rows: { version: known.rows, source: rows },
    schema: changed,
    columns: sameRows ? [] : undefined,
    only: undefined,
  };
}

/** By the sums of the hashes of their values. */
function differingColumns(version: CountedRows, source: CountedRows): readonly string[] {
  const [before, now] = [version, source].map(({ facts }) => facts.sums!.columns.map(hashSumText));
  return source.columns.filter((_, index) => before![index] !== now![index]).map(({ name }) => name);
}
