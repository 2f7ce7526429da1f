import type { ColumnStatistics } from '../core/shard.js';
import type { ConsistencyCertificate, ServerInfo } from '../core/source.js';

/** Where a run happened, when the platform says so: Valohai's ids, commit, step. */
export interface Lineage {
  readonly platform: 'valohai';
  readonly [key: string]: string | readonly string[] | undefined;
}

/** A shard as the manifest lists it. */
export interface ManifestShard {
  /** File name inside the version's folder; unique over the dataset. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly rowGroups: number;
  readonly columns: Readonly<Record<string, ColumnStatistics>>;
}
