import type { Facts } from '../core/facts.js';
import type { LiveRows } from '../core/live-rows.js';
import type { Horizon } from '../core/horizon.js';
import type { ExpectationResult } from '../core/expectation-result.js';
import type { CsvDialect } from '../core/format.js';
import type { Codec, ShardReceipt } from '../core/shard.js';
import type { ConsistencyCertificate, RowGroupLimits, ServerInfo, TablePlan } from '../core/source.js';
import type { MisfitPolicy, Parameter, TableRequest } from '../core/source-request.js';
import type { TargetPlace } from '../core/target-place.js';
import type { LogicalType } from '../core/types.js';
import type { WorkSeconds } from '../core/work.js';
import type { Manifest, ManifestRun, ManifestTable, ManifestVersion } from './shape.js';
import type { SidecarLine } from './sidecar.js';
import type { SigningKey } from './signature.js';
import type { Lineage } from './shape-run.js';

/** A version that is made, and what is said of it. */
export interface NamedVersion {
  readonly dataset: string;
  readonly version: string;
  /** The version that this one starts from, as a `dataset://` URI. */
  readonly from: string | undefined;
  readonly tags: readonly string[];
  readonly alias: string | undefined;
  /** The user's own metadata properties, on every file. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Files that another engine wrote. */
export interface KeptFiles {
  /** Of their column chunks, by the format's names. */
  readonly codecs: readonly string[];
}

/** How shards, and what is beside them, are written. */
export interface WritingPlan {
  readonly format: string;
  readonly compression: Codec;
  /** Of CSV files. */
  readonly csv: CsvDialect | undefined;
  /** The most bytes that a shard has, unless one row group has more. */
  readonly shardSize: number;
  /** Whether the logical digest is computed. */
  readonly digest: boolean;
  /** Files become those of the version as another engine wrote them; absent: they are written here. */
  readonly kept?: KeptFiles | undefined;
  /** Whether the version has a dataset card, for Hugging Face. */
  readonly datasetCard: boolean;
  /** Signs the version's id; absent: nobody does. */
  readonly signingKey?: SigningKey | undefined;
}

/** What the manifest takes from a plan; a run's `Plan` is one. */
export interface ManifestPlan extends NamedVersion, WritingPlan {
  readonly sourceKind: string;
  readonly source: {
    readonly parameters: readonly Parameter[];
    readonly via: string;
  };
  readonly misfits: MisfitPolicy;
  /** Fingerprint of the key of masks; undefined: nothing is masked by a hash. */
  readonly maskKey: string | undefined;
  /** The part of the split that the version is of. */
  readonly part?: string;
  /** The column of classes. */
  readonly label: string | undefined;
  readonly sample: ManifestVersion['sample'] | undefined;
  readonly split: ManifestVersion['split'] | undefined;
  readonly date: string;
  readonly timeZone: string;
  readonly startedAt: Date;
  readonly run: string;
  readonly lineage: Lineage | undefined;
  readonly command: string;
}

/** A request as a manifest has it. */
export interface ToldRequest {
  readonly told: ManifestTable['request'];
}

/** A table as it was read and written. */
export interface WrittenTable {
  readonly plan: Pick<TablePlan, 'name' | 'table' | 'query' | 'columns'>;
  /** As it was asked for, or as an earlier version tells it whose rows these are. */
  readonly request: Pick<TableRequest, 'casts' | 'redacted' | 'limit' | 'dateColumn'> | ToldRequest;
  /** The folders that rows are in; undefined: there are none. */
  readonly partition?: ManifestTable['partition'] | undefined;
  /** Columns by which rows are told that later versions replace; undefined: none do. */
  readonly key?: readonly string[] | undefined;
  /** What counts of its rows and those of earlier versions; undefined: it is not known. */
  readonly live?: LiveRows | undefined;
  /** Its own key of entities. */
  readonly splitKey?: readonly string[] | undefined;
  readonly targets: readonly WrittenTarget[];
  /** Misfits of all rows, where those of shards are not known. */
  readonly misfits?: Facts;
  /** These are misfits of more rows than the version has: they say whether the column is exact, and count nothing. */
  readonly misfitsOfMore?: boolean;
}

/** A place that rows of a table went to; without a split and partitions there is one for all of them. */
export interface WrittenTarget extends TargetPlace {
  /** In the order of their rows. */
  readonly shards: readonly ShardReceipt[];
}

export interface ManifestInput {
  readonly plan: ManifestPlan;
  readonly tables: readonly WrittenTable[];
  readonly rowGroup: RowGroupLimits;
  /** How the format stores a type, by its own names. */
  readonly storedAs: (type: LogicalType) => string;
  /** Name and version decide bytes and stand in the version; `node` stands in the run. */
  readonly tool: { readonly name: string; readonly version: string; readonly node: string };
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  /** What the query reads, as `schema.table`, where the source is sure. */
  readonly relations?: readonly string[];
  /** Files beside the shards that are written already. */
  readonly sidecars?: readonly SidecarLine[] | undefined;
  /** Entities of all tables and parts. */
  readonly entities?: ManifestVersion['entities'] | undefined;
  /** The version that this one goes on from, whose rows and files it inherits. */
  readonly parent?: Pick<Manifest, 'id' | 'version'> | undefined;
  /** The version of which some files are taken over, and the names of its files that are not where a platform takes them over. */
  readonly reused?:
    | { readonly version: NonNullable<ManifestVersion['reuses']>; readonly exclude: readonly string[] | undefined }
    | undefined;
  /** The chain whose rows these are. */
  readonly compacts?: ManifestVersion['compacts'] | undefined;
  /** When the newest rows were read, where that was another run. */
  readonly queriedAt?: string | undefined;
  /** How it was told which rows are new. */
  readonly increment?: ManifestRun['increment'] | undefined;
  /** What a later run needs to tell what is new since. */
  readonly horizon?: Horizon | undefined;
  /** What became of what was expected of the rows. */
  readonly expectations: readonly ExpectationResult[];
  readonly lanes: number;
  /** What each of several machines wrote; undefined: one did all. */
  readonly members?: ManifestRun['members'] | undefined;
  readonly load: Readonly<Record<string, number>>;
  /** What threads spent their time on; undefined: nobody counted. */
  readonly work?: WorkSeconds | undefined;
  /** How long the run took, by a clock that does not step. */
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly retries: number;
}
