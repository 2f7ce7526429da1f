import { ownValue } from '../core/own-value.js';
import type { StoredAs } from '../core/format.js';
import type { TablePlan } from '../core/source.js';
import { partitionName, targetKey, type TargetPlace } from '../core/target-place.js';
import type { Column, Exactness } from '../core/types.js';
import { countSet, type RowBits } from '../lane/row-bits.js';
import { type ShardPiece, shardsRange, type ShardsTicket } from '../lane/shard-source.js';
import type { LedgerLine, ManifestTable, ManifestVersion } from '../manifest/shape.js';
import { partsOf } from '../partition/split.js';
import { columnOf } from '../version/ledger-column.js';
import { storedAs } from '../version/stored-as.js';
import type { FoundVersion } from '../version/whole-chain.js';

/** A place that rows of a table go to, and the shards of all versions that have them, oldest first. */
interface ChainTarget {
  readonly place: TargetPlace;
  readonly pieces: readonly ShardPiece[];
}

/** The same, without shards of which no row counts. */
export interface MergedTarget extends ChainTarget {
  /** How many of their rows count. */
  readonly rows: number;
}

/** A table of a chain, as its versions have it. */
export interface ChainTable {
  /** As the newest version tells it. */
  readonly told: ManifestTable;
  /** As they are written. */
  readonly columns: readonly Column[];
  readonly targets: readonly ChainTarget[];
}

/** The same, as one version has it. */
export interface MergedTable extends ChainTable {
  /** In the order in which a version lists them. */
  readonly targets: readonly MergedTarget[];
}

export interface ChainTables {
  readonly tables: readonly ChainTable[];
  readonly stored: ShardsTicket['stored'];
}

/** Puts together what the versions of a chain hold. @param chain oldest first @throws verification.failed for types that are not known */
export function tablesOf(chain: readonly FoundVersion[]): ChainTables {
  const { version: newest } = chain.at(-1)!.manifest;
  const stored: StoredAs[] = [];
  let rows = 0;
  const tables = newest.tables.map((told): ChainTable => {
    const pieces = new Map<string, { readonly place: TargetPlace; readonly pieces: ShardPiece[] }>();
    const versions = chain.map(({ place, manifest: { version } }) => {
      return { folder: place.folder, version, table: version.tables.find(({ name }) => name === told.name)! };
    });
    for (const { folder, version, table } of versions) {
      stored.push(storedAs(version, table));
      for (const target of table.targets) {
        const place = placeOf(target, told);
        const key = targetKey(place);
        const merged = pieces.get(key) ?? { place, pieces: [] };
        for (const { path, bytes, sha256, facts } of target.shards) {
          if (facts.rows === 0) continue;
          const { partition } = place;
          merged.pieces.push({
            ...{ folder, path, version: version.uri, bytes, sha256, rows: facts.rows, partition },
            stored: stored.length - 1,
            firstRow: rows,
          });
          rows += facts.rows;
        }
        pieces.set(key, merged);
      }
    }
    const ledgers = versions.map(({ table }) => table.schema);
    return {
      told,
      columns: told.schema.map((line) => writtenColumn(line, ledgers)),
      targets: [...pieces.values()],
    };
  });
  return { tables, stored };
}

/** A manifest does not keep the order of folders. */
function placeOf({ split, partition }: TargetPlace, { partition: by }: ManifestTable): TargetPlace {
  const names = by?.by.map(partitionName);
  return {
    split,
    partition: names && Object.fromEntries(names.map((name) => [name, ownValue(partition, name) ?? null])),
  };
}

/** Without rows that were replaced. */
export function withoutReplaced(
  table: ChainTable,
  replaced: RowBits | undefined,
  newest: ManifestVersion,
): MergedTable {
  const targets = table.targets.map(({ place, pieces }) => {
    const counted = pieces.map((piece) => {
      const left = replaced === undefined ? 0 : countSet(replaced, piece.firstRow, piece.rows);
      return { piece, remaining: piece.rows - left };
    });
    const kept = counted.filter(({ remaining }) => remaining > 0);
    return {
      place,
      pieces: kept.map(({ piece }) => piece),
      rows: kept.reduce((sum, { remaining }) => sum + remaining, 0),
    };
  });
  return { ...table, targets: inOrder(targets, newest) };
}

/** Those without rows only where a part, or the table, would have no place at all: parts in their order, then by the names of folders. */
function inOrder(targets: readonly MergedTarget[], { split, part }: ManifestVersion): readonly MergedTarget[] {
  const parts = part === undefined ? partsOf(split) : [part];
  return parts.flatMap((name) => {
    const own = targets.filter(({ place }) => place.split === name);
    const filled = own.filter(({ pieces }) => pieces.length > 0);
    return filled.length === 0 ? own.slice(0, 1) : filled.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  });
}

const keyOf = ({ place }: MergedTarget): string => targetKey(place);

/** A column as it is written anew: what was lost of its values in any version stays lost. */
function writtenColumn(line: LedgerLine, ledgers: readonly (readonly LedgerLine[])[]): Column {
  const { note, mask, redacted } = line;
  const told = ledgers.flatMap((ledger) => ledger.find(({ name }) => name === line.name)?.exactness ?? []);
  const exactness: Exactness = told.includes('lossy') ? 'lossy' : line.exactness;
  return {
    ...columnOf(line),
    exactness,
    redacted: redacted === true,
    ...(note !== undefined && { note }),
    ...(mask !== undefined && { masked: mask }),
  };
}

/** Shards are read and written in ranges of about so many bytes of files. */
const rangeBytes = 16 * 1024 * 1024;

/** A target as if it were a table. */
export function targetPlan({ told, columns }: MergedTable, { pieces, rows }: MergedTarget): TablePlan {
  const { name, request } = told;
  const groups: ShardPiece[][] = [[]];
  let bytes = 0;
  for (const piece of pieces) {
    if (bytes > 0 && bytes + piece.bytes > rangeBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(piece);
    bytes += piece.bytes;
  }
  return {
    name,
    table: request.table,
    query: request.query,
    columns,
    ranges: groups.map(shardsRange),
    sameFiles: true,
    estimatedRows: rows,
    sourceBytes: pieces.reduce((sum, piece) => sum + piece.bytes, 0),
  };
}
