import type { ExpectationResult } from '../core/expectation-result.js';
import type { PartitionValues } from '../core/target-place.js';
import type { LedgerLine, ManifestColumnFacts, ManifestRun, ManifestTable, ManifestVersion } from './shape.js';
import type { Lineage } from './shape-run.js';

/** A column of a version, for people: its ledger line, what is counted of it, and the `--cast` that chose its type. */
export interface SummaryColumn extends LedgerLine, ManifestColumnFacts {
  readonly cast?: string;
}

export interface SummaryTable {
  readonly name: string;
  /** What was read: the table, or the query as it was written. */
  readonly table: string | undefined;
  readonly query: string | undefined;
  readonly parameters: NonNullable<ManifestTable['request']['parameters']>;
  readonly limit: number | undefined;
  readonly rows: number;
  readonly bytes: number;
  /** Its logical digest; undefined where there is none. */
  readonly digest: string | undefined;
  readonly columns: readonly SummaryColumn[];
  /** Columns that tell a row: of rows with the same key the newest version's counts. Undefined: all count. */
  readonly key: ManifestTable['key'];
  /** What counts of the chain's rows, and what became of others in this version; undefined: it is not known. */
  readonly live: ManifestTable['live'];
  /** What the columns of the entities' key are called in this table, where it has names of its own. */
  readonly splitKey: ManifestTable['request']['splitKey'];
  /** Parts of the split, each with its share of the rows; empty: the table is not split. */
  readonly splits: readonly {
    readonly split: string;
    readonly rows: number;
    readonly bytes: number;
    readonly digest: string | undefined;
    /** Rows by class, where a column says so. */
    readonly classes: ManifestTable['facts']['classes'];
  }[];
  /** The folders that rows are in; undefined: there are none. */
  readonly partition: ManifestTable['partition'];
  /** Partitions, over all parts of the split; empty: there are none. */
  readonly partitions: readonly {
    readonly partition: PartitionValues;
    readonly rows: number;
    readonly bytes: number;
  }[];
  readonly shards: readonly {
    readonly path: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
    /** It is a file of the version that this one reuses. */
    readonly reused: boolean;
  }[];
}

/** What a version is, where from, when, and how to make it again; `tidemark show --json` prints exactly this. */
export interface VersionSummary {
  readonly version: string;
  readonly id: string;
  readonly from: string | undefined;
  /** The version that it goes on from; undefined: it holds all rows. */
  readonly parent: ManifestVersion['parent'];
  /** The versions whose rows are part of it, oldest first; empty: there are none. */
  readonly inherits: readonly {
    readonly version: string;
    readonly id: string;
    readonly rows: number;
    readonly files: number;
  }[];
  /** It together with those; undefined: there is no parent. */
  readonly chain: ManifestVersion['chain'];
  /** The chain whose rows these are, merged. */
  readonly compacts: ManifestVersion['compacts'];
  /** The version of which it has files with the same bytes. */
  readonly reuses: ManifestVersion['reuses'];
  /** How it was told which rows are new; undefined: the run was not part of a chain. */
  readonly increment: ManifestRun['increment'];
  readonly date: string;
  readonly timeZone: string;
  readonly rows: number;
  /** Of all shards. */
  readonly bytes: number;
  /** Logical digest of all rows; `off` where the run computed none; undefined: made before there was one. */
  readonly digest: string | undefined;
  readonly compression: string;
  /** The part of a split that it is of; undefined: it has all rows. */
  readonly part: string | undefined;
  /** The versions of the other parts. */
  readonly siblings: ManifestVersion['siblings'];
  /** Which entities are in it; undefined: all. */
  readonly sample: ManifestVersion['sample'];
  /** Entities by part; undefined: they are not counted. */
  readonly entities: ManifestVersion['entities'];
  /** How rows were split; undefined: they were not. */
  readonly split: ManifestVersion['split'];
  readonly tables: readonly SummaryTable[];
  /** What was expected of the rows, and what became of it; empty: nothing was. */
  readonly expectations: readonly ExpectationResult[];
  readonly server: ManifestRun['server'];
  readonly certificate: ManifestRun['certificate'];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seconds: number;
  readonly tool: { readonly name: string; readonly version: string; readonly node: string };
  readonly lanes: number;
  /** What each of several machines wrote; undefined: one did all. */
  readonly members: ManifestRun['members'];
  readonly via: string;
  readonly load: ManifestRun['load'];
  readonly retries: number;
  readonly warnings: readonly string[];
  readonly lineage: Lineage | undefined;
  readonly tags: readonly string[];
  readonly alias: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The public key of its signature, as the manifest tells it; undefined: nobody has signed it. */
  readonly signer: string | undefined;
  /** The command that makes the version again, to be pasted into a shell. */
  readonly command: string;
  /** What that command needs beside its words: a connection, secrets. */
  readonly needs: readonly string[];
}

/** Titled lines of a label and a text, in the order in which people want to read them. */
export interface SummarySection {
  readonly title: string;
  readonly lines: readonly (readonly [label: string, text: string])[];
}
