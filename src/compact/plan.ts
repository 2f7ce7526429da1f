import type { Cores } from '../machine/cores.js';
import type { NamedVersion, WritingPlan } from '../manifest/build-input.js';
import type { ShardsToName } from '../manifest/shard-names.js';
import type { ManifestVersion } from '../manifest/shape.js';
import type { Lineage } from '../manifest/shape-run.js';

/** The merging of a chain, decided before a row is read. */
export interface CompactPlan extends NamedVersion, WritingPlan {
  /** Absolute path of the outputs folder; the version goes to `<out>/<dataset>/<version>/`. */
  readonly out: string;
  /** Absolute path of a folder for scratch data; undefined: where the version is made, or the system's. */
  readonly scratch: string | undefined;
  /** File name template of a shard, as `Plan.name`. */
  readonly name: string;
  /** Threads that read and write at the same time. */
  readonly lanes: number | 'auto';
  readonly cores: Cores;
  /** About how many bytes the whole process may take; undefined: what a thread on every core takes. */
  readonly memory: number | undefined;
  readonly startedAt: Date;
  /** A short random name of this run. */
  readonly run: string;
  readonly lineage: Lineage | undefined;
  /** The command that makes the version again. */
  readonly command: string;
  readonly warnings: readonly string[];
}

/** The name of the merged version, where nobody gives it another one. */
export const compactName = ({ name }: Pick<ManifestVersion, 'name'>): string => `${name}-compact`;

/** How files are written: as those of the newest version. */
export function writtenAs({ format, compression, csv, shardSize, digest }: ManifestVersion): WritingPlan {
  return { format, compression, csv, shardSize, digest: digest !== 'off', datasetCard: false };
}

export function shardsToName({ tables, split, part }: ManifestVersion): ShardsToName {
  return {
    tables: tables.map(({ name }) => name),
    split: split === undefined || part !== undefined ? 'no' : 'files',
    partition: tables.some(({ partition }) => partition !== undefined),
  };
}
