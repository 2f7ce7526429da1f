import type { Rate } from './rate-limit.js';
import type { SampledOneIn } from '../core/sketch/batch-sketch.js';
import type { ErrorMessage } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import type { FormatOptions } from '../core/format.js';
import type { ShardReceipt } from '../core/shard.js';
import type { RowGroupLimits, TablePlan } from '../core/source.js';
import type { MisfitPolicy } from '../core/source-request.js';
import type { TableChecks } from '../expectation/checks.js';
import type { ScratchTicket } from '../scratch/folder.js';
import type { WorkSeconds } from '../core/work.js';
import type { Segment } from './segment.js';
import type { Spool } from './spool.js';

/** What rows become; the same for every thread of a run. */
export interface ThreadPlan {
  readonly sourceKind: string;
  readonly tables: readonly TablePlan[];
  /** By table, where its rows go, for the lane's router; absent: all rows of a table go to one place. */
  readonly routes?: readonly unknown[];
  readonly misfits: MisfitPolicy;
  /** Whether the logical digest is computed. */
  readonly digest: boolean;
  /** The secret key of masks by hash: it goes in and never comes out. */
  readonly maskKey?: string | undefined;
  /** Column whose values are counted as classes. */
  readonly label?: string | undefined;
  /** By table, the columns that tell a row, where its keys are kept for later runs. */
  readonly rowKeys?: readonly (readonly string[] | undefined)[] | undefined;
  /** By table, of how many rows one is sampled to say how values lie; absent: nobody asks. docs/proof.md. */
  readonly sketches?: readonly (SampledOneIn | undefined)[] | undefined;
  /** By table, what is looked at in its rows as they are read; absent: nothing. */
  readonly checks?: readonly (TableChecks | undefined)[] | undefined;
  /** Ranges are files, which become those of the version as they are. */
  readonly keepsFiles?: true | undefined;
  /** By table, the route by which rows of such files must be where their file lies; absent: they may be anywhere. */
  readonly heldTo?: readonly unknown[];
  /** Rows go no further: they are counted when they have come, or were decoded, and forgotten. Absent: all is made of them. */
  readonly reach?: 'received' | 'decoded' | undefined;
  readonly format: FormatOptions;
  readonly limits: RowGroupLimits;
  /** The most bytes that a shard has, unless one row group has more. */
  readonly shardSize: number;
  /** By table, name of a shard but for `{table}`, `{index}` and the format's ending. */
  readonly shardNames: readonly string[];
}

/** How a thread writes into the draft. */
export interface DraftTicket {
  /** The destination's name. */
  readonly destination: string;
  readonly ticket: unknown;
}

/** What a lane's thread, which is begun before it is known what it starts with, will most likely need. */
export type LikelyWork = Pick<ThreadPlan, 'sourceKind' | 'format'>;

/** What a lane's thread starts with. The ticket holds secrets: it goes in and never comes out. */
export interface LaneStart extends ThreadPlan {
  /** For how many milliseconds a range is tried again whose connection broke. */
  readonly retryFor: number;
  /** What it may receive, together with the other lanes; absent: what comes. */
  readonly rate?: Rate | undefined;
  readonly ticket: unknown;
  readonly draft: DraftTicket;
  readonly scratch: ScratchTicket;
  /** A recording that was begun, where what comes is kept; absent: there is none. */
  readonly recordTo?: string | undefined;
  /** Encoder threads of this lane's own; 0: the lane encodes by itself. */
  readonly encoders: number;
}

/** A file group, as far as its owner must know it. */
export interface GroupPlace {
  readonly group: number;
  /** How many groups the table has. */
  readonly groups: number;
  /** The group's first range. */
  readonly first: number;
  /** By whom its files are written aside; absent: they are the draft's at once. */
  readonly aside?: string;
}

/** Where a range's rows go: into the files of its group, ahead of others into a scratch segment, or by target into a spool. */
export type RangeTarget = GroupPlace | 'segment' | 'spool';

/** To a lane. */
export type LaneCommand =
  /** Find out how large the rows of a table are. */
  | { readonly type: 'sample'; readonly table: number }
  /** Read ranges that follow one another: one, or all those before `end`, whose file has no other lane that reads for it. */
  | {
      readonly type: 'read';
      readonly table: number;
      readonly range: number;
      readonly end: number;
      readonly into: RangeTarget;
    }
  /** Put what was read ahead into the file of its group. */
  | { readonly type: 'append'; readonly table: number; readonly range: number; readonly segment: Segment }
  /** All ranges of a group are in its files. */
  | {
      readonly type: 'finish';
      readonly table: number;
      readonly group: number;
      readonly first: number;
      readonly end: number;
    }
  | { readonly type: 'close' }
  | { readonly type: 'abort' };

/** What a lane did for one range. */
export interface RangeReceipt {
  readonly table: number;
  readonly range: number;
  /** Where it was read ahead. */
  readonly segment?: Segment | undefined;
  /** Where its rows wait, by target. */
  readonly spool?: Spool | undefined;
  /** What lies beside its rows: their keys that must not come twice, ids of transactions. */
  readonly beside?: Spool | undefined;
  /** What the source's reader saw whenever it read, for `OpenSource.confirm`. */
  readonly evidence: readonly unknown[];
}

/** What a file group became; no shards where it has no rows. */
export interface GroupReceipt {
  readonly table: number;
  readonly group: number;
  readonly shards: readonly ShardReceipt[];
}

/** From a lane. */
export type LaneReport =
  | { readonly type: 'ready' }
  | { readonly type: 'read'; readonly receipts: readonly RangeReceipt[] }
  | { readonly type: 'sampled'; readonly table: number; readonly bytes: number }
  | { readonly type: 'appended' }
  | { readonly type: 'finished'; readonly receipt: GroupReceipt }
  | { readonly type: 'progress'; readonly rows: number; readonly bytesRead: number; readonly bytesWritten: number }
  /** What it spent time on since it told last. */
  | { readonly type: 'work'; readonly work: WorkSeconds }
  | { readonly type: 'retry'; readonly message: string }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

type EncoderKeys =
  'sourceKind' | 'tables' | 'misfits' | 'digest' | 'maskKey' | 'label' | 'rowKeys' | 'sketches' | 'checks' | 'format';

/** What an encoder's thread starts with. Nothing is optional here: what is left out would be left out of files. */
export type EncoderStart = { readonly [Key in EncoderKeys]: ThreadPlan[Key] };

/** To an encoder: one row group's frames. `frames` is used again once the encoder has answered. */
export interface EncodeJob {
  readonly table: number;
  readonly frames: SharedArrayBuffer;
  /** Bytes of `frames` that count. */
  readonly length: number;
  /** A buffer that came with an earlier result, given back for the next one. */
  readonly spare: ArrayBuffer | undefined;
}

/** A portion between threads: the first `length` bytes of `bytes` are the row group. */
export interface SentPortion {
  readonly target: string;
  readonly rows: number;
  readonly bytes: ArrayBuffer;
  readonly length: number;
  readonly meta: unknown;
  readonly facts: Facts;
}

/** From an encoder. */
export type EncodeResult =
  | { readonly type: 'encoded'; readonly portions: readonly SentPortion[]; readonly work: WorkSeconds }
  | { readonly type: 'misfit'; readonly error: ErrorMessage; readonly column: number; readonly row: number }
  | { readonly type: 'failed'; readonly error: ErrorMessage };
