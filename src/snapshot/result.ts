import type { ExpectationResult } from '../core/expectation-result.js';
import type { ConsistencyCertificate, ServerInfo } from '../core/source.js';
import type { Column } from '../core/types.js';
import type { WorkSeconds } from '../core/work.js';
import type { ManifestVersion } from '../manifest/shape.js';
import type { Bottleneck } from './bottleneck.js';

/** A shard of a published version. */
export interface ShardResult {
  /** File name inside the version's folder. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** It is a file of the version that this one reuses, by its name there. */
  readonly reused?: true;
}

/** A version that was made. */
export interface VersionResult {
  /** The part of the split that it is of; absent: it has all rows. */
  readonly part?: string;
  /** The version's URI: `dataset://name/version`. */
  readonly version: string;
  /** sha-256 of the manifest's canonical version part, lower-case hex. */
  readonly id: string;
  /** Logical digest of all rows (docs/digest.md); `off` where it was not asked for. */
  readonly digest: string;
  readonly rows: number;
  /** Bytes of all shards. */
  readonly bytes: number;
  readonly shards: readonly ShardResult[];
  /** Absolute path of the version's folder. */
  readonly location: string;
  /** The version that it goes on from, as a URI; absent: it has all rows. */
  readonly parent?: string;
  /** The version of which it has files with the same bytes (--reuse-files), as a URI, and which bytes of shards are new. Absent: all are. */
  readonly reuses?: { readonly version: string; readonly newBytes: number };
  /** What counts of the rows of the whole chain, and what became of others in this version (--deletes scan). Absent: it is not known. */
  readonly live?: {
    readonly rows: number;
    readonly inserted: number;
    readonly replaced: number;
    readonly gone: number;
  };
  /** It together with all that it inherits; absent: there is no parent. */
  readonly chain?: { readonly rows: number; readonly bytes: number; readonly digest?: string };
}

/**
 * What a snapshot made; `tidemark snapshot --json` prints exactly this. Where each part of a split has a version of its own, what is
 * told beside `versions` is the first one's, but for `rows` and `bytes`, which are of all.
 */
export interface SnapshotResult extends VersionResult {
  /** `unchanged`: the source holds nothing new and no version was made. */
  readonly status: 'created' | 'unchanged';
  /** All versions that were made: one, or one for each part. */
  readonly versions: readonly VersionResult[];
  /** By part of the split: rows and digest over all tables; empty where rows are not split. */
  readonly splits: Readonly<Record<string, { readonly rows: number; readonly digest: string }>>;
  /** What became of what was expected of the rows; empty: nothing was. */
  readonly expectations: readonly ExpectationResult[];
  readonly seconds: number;
  /** Bytes that came from the source. */
  readonly bytesRead: number;
  /** Seconds for which the process had a core. */
  readonly cpuSeconds: number;
  /** What the run's threads spent their time on. */
  readonly work: WorkSeconds;
  /** What the run was as fast as. Absent: nothing was read. */
  readonly bottleneck?: Bottleneck;
  readonly warnings: readonly string[];
}

/** One table or query as a snapshot would read it. */
export interface PreviewTable {
  readonly name: string;
  readonly table: string | undefined;
  readonly query: string | undefined;
  readonly columns: readonly Column[];
  /** One label a range, for people: `pages 0–16383`. */
  readonly ranges: readonly string[];
  readonly estimatedRows: number | undefined;
  /** Bytes that the table takes on the server. */
  readonly sourceBytes: number | undefined;
  /** Bytes that reading it is billed by, and about how much that is, where the source bills. */
  readonly billed?: { readonly bytes: number; readonly price: string; readonly of?: string };
  /** What reading it takes where time is billed, for people. Absent: nothing is. */
  readonly cost?: string;
  /** The statement that a lane would send for the first range, where the source tells it; without secrets. */
  readonly statement?: string;
  /** What is expected of its rows, as texts for people; empty: nothing is. */
  readonly expected: readonly string[];
}

/** For a column of numbers that are kept as text: the `--cast` that holds what a sample of its values has, or why there is none. */
export interface ProposedCast {
  readonly table: string;
  readonly column: string;
  /** `decimal(18,2)`; absent: see `because`. */
  readonly cast?: string;
  /** How many values were looked at, where there is a cast. */
  readonly values?: number;
  readonly because?: string;
}

/** A disk that a run writes to. */
export interface DiskRoom {
  /** The folder that was asked about. */
  readonly place: string;
  /** What goes there: the version's files, or what waits for its turn, or both. */
  readonly holds: readonly ('files' | 'scratch')[];
  readonly freeBytes: number;
  /** Nearly surely no less is needed at a time: a run is refused where that is not free. */
  readonly leastBytes: number;
  /** About what tables take there at a time whose size the server knows. */
  readonly expectedBytes: number;
  /** Names of the tables and queries of which it is not known. */
  readonly unknown: readonly string[];
}

/** What a snapshot would do; `tidemark plan --json` prints exactly this. No row was read, but for what `casts` are proposed from. */
export interface Preview {
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  readonly tables: readonly PreviewTable[];
  /** Lanes that the run would use: at most what the source can serve now. */
  readonly lanes: number;
  /** Why there are not more, for people. */
  readonly lanesBecause: string;
  /** About how many bytes of scratch data may lie on a local disk at a time. */
  readonly scratchBytes: number;
  /** The disks that files and scratch data go to; empty: there are none, or they do not tell what is free. */
  readonly room: readonly DiskRoom[];
  /** The version's URI: `dataset://name/version`. */
  readonly version: string;
  /** Absolute path of the folder that the version would get. */
  readonly location: string;
  /** All versions that would be made: one, or one for each part of the split. */
  readonly versions: readonly { readonly version: string; readonly location: string }[];
  /** Names of the first shards, as the template gives them. How many there will be is known when the rows are read. */
  readonly shardNames: readonly string[];
  /** The most bytes that a shard will have, unless one row group has more; undefined: all rows of a table or part are in one. */
  readonly shardSize: number | undefined;
  /** What becomes of the chain first: the version that it is merged into (--compact-after). Absent: nothing. */
  readonly mergesInto?: string;
  /** With --deletes scan: about how many bytes of keys would be written beside the shards, and of earlier versions be read. */
  readonly keyBytes?: { readonly written: number; readonly read: number };
  /** Where the database itself writes files, which are read and removed: always, or where much is read. Absent: it writes none. */
  readonly staging?: { readonly location: string; readonly when: 'always' | 'large' };
  /** What an increment would not see, for people; absent: it is none. */
  readonly notSeen?: string;
  /** Which entities are kept, as the manifest tells it; absent: all are. */
  readonly sample?: NonNullable<ManifestVersion['sample']>;
  /** Parts that rows are split into; empty: they are not. */
  readonly splits: readonly string[];
  /** Where shares are exact, the columns of strata inside of which they are. */
  readonly exactStrata?: readonly string[];
  /** Names in the names of folders, from the outermost one: `country`, `created_at_month`; empty: there are none. */
  readonly partitions: readonly string[];
  /** For columns of numbers that are kept as text; empty: there are none. */
  readonly casts: readonly ProposedCast[];
  readonly warnings: readonly string[];
}
