import type { Secret } from '../core/secret.js';
import type { Cores } from '../machine/cores.js';
import type { MisfitPolicy, SourceRequest } from '../core/source-request.js';
import type { Mask } from '../core/types.js';
import type { NamedVersion, WritingPlan } from '../manifest/build-input.js';
import type { Rule } from '../expectation/rule.js';
import type { Lineage } from '../manifest/shape-run.js';
import type { RegistrationSettings } from '../registration/settings.js';
import type { Partitioning } from '../partition/partitioning.js';
import type { Sample } from '../partition/sample.js';
import type { Split } from '../partition/split.js';

/** A version that a run makes. */
export interface PlannedVersion extends NamedVersion {
  /** The part of the split that it is of; undefined: it has all rows. */
  readonly split?: string;
}

/** How a run goes on from an earlier version. */
export interface ChainPlan {
  /** Where that is, in full; undefined: all rows are read, as the beginning of a new chain. */
  readonly parent: string | undefined;
  /** Where the newest version of a dataset is looked up, where only the dataset is given; undefined: nowhere. */
  readonly lookUp: RegistrationSettings | undefined;
  /** The same as it was written. */
  readonly given: string | undefined;
  /** Only new rows are read; or all, and no version is made where they are the parent's. */
  readonly reads: 'new' | 'all-if-changed';
  /** Where there is nothing yet, all rows are read. */
  readonly firstRun: boolean;
  /** It is an input of the platform, which may be empty, and says that there is nothing yet. */
  readonly emptyInput: boolean;
  /** Names of the platform's inputs. */
  readonly inputs: readonly string[];
  readonly whenUnchanged: 'skip' | 'republish';
  /**
   * What becomes of files whose bytes the version has that the rows are compared with. `linked`: they are put into this one, too,
   * so that it is whole; `inherited`: the platform takes them over, and they are not written. Undefined: nothing.
   */
  readonly reuse: 'linked' | 'inherited' | undefined;
  /** From so many versions on the chain is merged first; undefined: never. */
  readonly compactAfter: number | undefined;
  /** What to do about columns that are not those of the parent. */
  readonly schema: 'fail' | 'evolve';
}

/** What becomes of a table's rows, by the options for all tables and its own. */
export interface TableWork {
  readonly masks: Readonly<Record<string, Mask>>;
  /** Columns that the table's own options name: it must have them. */
  readonly named: readonly string[];
  /** Which rows are kept; undefined: all. */
  readonly sample: Sample | undefined;
  /** Which part of a split a row belongs to; undefined: there is none. */
  readonly split: Split | undefined;
  /** The part whose rows alone are read; absent: all are. */
  readonly onlyPart?: string | undefined;
  /** The table's own key of entities, which has another name in other tables; undefined: the one of all. */
  readonly splitKey: readonly string[] | undefined;
  /** Columns that tell a row from all others: a later version's row of the same key replaces it. Undefined: rows are only added. */
  readonly key: readonly string[] | undefined;
  /** The folders that rows go to; undefined: there are none. */
  readonly partitioning: Partitioning | undefined;
  /** What its own options expect of its rows: it must have the columns. */
  readonly expected: readonly Rule[];
}

/** Which of the machines that make a version together this one is. */
export interface Membership {
  /** From 0, which leads. */
  readonly index: number;
  readonly count: number;
  /** Milliseconds that another member may give no sign of life. */
  readonly patience: number;
}

/** A run, decided: every option resolved, checked and frozen before the source is asked for anything. */
export interface Plan extends NamedVersion, WritingPlan {
  readonly sourceKind: string;
  readonly source: SourceRequest;
  readonly misfits: MisfitPolicy;
  /** Where the source may write files itself, in full; undefined: nowhere. */
  readonly staging: string | undefined;
  /** Files that another engine has written become those of the version, where rows are read from such. */
  readonly keepsFiles: boolean;
  /** Absolute path of the outputs folder; the version goes to `<out>/<dataset>/<version>/`. */
  readonly out: string;
  /** Where the versions are registered when they are published; undefined: nowhere. */
  readonly register: RegistrationSettings | undefined;
  /** Absolute path of a folder for what waits for its turn; undefined: where the version is made, or the system's. */
  readonly scratch: string | undefined;
  /** What is written in place of values, by column of any table, and the key of hashes, where there are any. */
  readonly masks: { readonly columns: Readonly<Record<string, Mask>>; readonly key: Secret | undefined };
  /** Which rows are kept; undefined: all. */
  readonly sample: Sample | undefined;
  /** Which part of a split a row belongs to; undefined: there is none. */
  readonly split: Split | undefined;
  /** By table of the source, what becomes of its rows. */
  readonly tables: readonly TableWork[];
  /** Keys of all rows are kept, and it is looked which of them are gone (--deletes scan). */
  readonly tracksDeletes: boolean;
  /** What is expected of the rows of every table that has the columns. */
  readonly expected: readonly Rule[];
  /** Column whose values are counted as classes, by part of the split; undefined: none. */
  readonly label: string | undefined;
  /** One version for each part of the split, in its order, of which the plan's own is the first; empty: there is one version. */
  readonly parts: readonly PlannedVersion[];
  /** How it goes on from an earlier version; undefined: it does not. */
  readonly chain: ChainPlan | undefined;
  /** File name template of a shard, without folders: `{dataset}-{version}-{index}`; the format adds its ending. */
  readonly name: string;
  /** Milliseconds to try again where somebody holds what is read exclusively; 0: one attempt. */
  readonly lockWait: number;
  /** Milliseconds to try again what fails for a reason that passes: a range whose connection broke, or with `restart` the whole run. */
  readonly retryFor: number;
  /** What follows when the moment of the database is lost: the run fails, or begins again from nothing. */
  readonly whenLost: 'fail' | 'restart';
  /** The moment of a run of the dataset that was killed is read, where there is one. */
  readonly resumes: boolean;
  readonly lanes: number | 'auto';
  /** What the machine has for it. */
  readonly cores: Cores;
  /** It makes the version together with other machines; undefined: alone. */
  readonly member: Membership | undefined;
  /** About how many bytes the whole process may take; undefined: what a lane on every core takes. */
  readonly memory: number | undefined;
  /** Bytes a second that are received at most; undefined: what comes. */
  readonly maxRate: number | undefined;
  /** The run's logical date, `YYYY-MM-DD` in `timeZone`: `--date`, SNAPSHOT_DATE, or the day of `startedAt`. */
  readonly date: string;
  readonly timeZone: string;
  readonly startedAt: Date;
  /** A short random name of this run: staging folder, `{run}`. */
  readonly run: string;
  readonly lineage: Lineage | undefined;
  /** The command that makes the version again, without secrets. */
  readonly command: string;
  readonly warnings: readonly string[];
}

/** Whether only some of a table's rows are asked for. */
export function isTrial({ sample, source }: Pick<Plan, 'sample' | 'source'>, table: number): boolean {
  return sample !== undefined || source.tables[table]!.limit !== undefined;
}

/** The versions that a run makes, its own first. */
export function plannedVersions(plan: Plan): readonly Pick<PlannedVersion, 'dataset' | 'version' | 'split'>[] {
  const { parts, dataset, version } = plan;
  return parts.length > 0 ? parts : [{ dataset, version }];
}
