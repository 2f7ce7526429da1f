import type { NamedVersion, WritingPlan } from '../manifest/build-input.js';
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
