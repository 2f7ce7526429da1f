import type { VersionStore } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import type { LongestRow } from '../../core/longest-row.js';
import type { ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { shardsOf, shardsOfVersion } from '../../manifest/shards.js';
import { formatOfVersion } from '../../shard/registry.js';
import { storedAs } from '../stored-as.js';
import { RowCount } from './count-rows.js';
import { checkShard, type CheckTools, type ShardCheck, type ShardOfTable, type WhileChecking } from './shard.js';

/** What is looked at of a version's files: plain data, which goes to every thread. */
export interface FilesToCheck {
  readonly version: ManifestVersion;
  readonly folder: string;
  /** Sizes, hashes and footers alone. */
  readonly quick: boolean;
  /** Whether it is told which entities are in which parts. */
  readonly entities: boolean;
  /** The longest row that there is memory for. */
  readonly longestRow: LongestRow;
}

/** A shard, by its table's index and its own among those of the table. */
export interface ShardPlace {
  readonly table: number;
  readonly shard: number;
}

/** Where files are checked. */
export interface FileChecks {
  /** How many at a time. */
  readonly atOnce: number;
  /** @throws destination.*; the signal's reason */
  check(place: ShardPlace, telling: WhileChecking): Promise<ShardCheck>;
  close(): Promise<void>;
}

/** Checks files in this thread, one after the other: of several that are read side by side it would not be known which one brought the reader down. */
export async function checksHere(files: FilesToCheck, store: VersionStore): Promise<FileChecks> {
  const { version, folder, quick, longestRow } = files;
  const format = formatOfVersion(version);
  const paths = new Map<string, string>();
  const tools: CheckTools = {
    checker: await format.loadChecker(),
    reader: await format.loadReader(),
    ...{ store, folder, quick, longestRow },
    kept: version.kept !== undefined,
    pathOf(sha256) {
      if (paths.size === 0) for (const shard of shardsOfVersion(version)) paths.set(shard.sha256, shard.path);
      return paths.get(sha256);
    },
  };
  const tables = new Map<number, TableToCheck>();
  const tableOf = (index: number): TableToCheck => {
    const known = tables.get(index) ?? tableToCheck(version.tables[index]!, files);
    tables.set(index, known);
    return known;
  };
  return {
    atOnce: 1,
    check(place, telling) {
      const { shards, ...table } = tableOf(place.table);
      return checkShard({ ...table, shard: shards[place.shard]! }, { ...tools, ...telling });
    },
    close: () => Promise.resolve(),
  };
}

type TableToCheck = Omit<ShardOfTable, 'shard'> & { readonly shards: readonly ShardOfTable['shard'][] };

function tableToCheck(table: ManifestTable, { version, quick, entities }: FilesToCheck): TableToCheck {
  const count = quick ? undefined : knownTypes(() => new RowCount(table, version, entities));
  const as = knownTypes(() => storedAs(version, table)) ?? { ...version, columns: [] };
  return { table, count, as, shards: shardsOf(table) };
}

/** Of a type that is not known there is a finding of its own, with the totals of its table. */
function knownTypes<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (thrown) {
    if (TidemarkError.from(thrown).code !== 'verification.failed') throw thrown;
    return undefined;
  }
}
