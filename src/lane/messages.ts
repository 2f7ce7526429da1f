import type { ErrorMessage } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import type { FormatOptions } from '../core/format.js';
import type { ShardReceipt } from '../core/shard.js';
import type { MisfitPolicy, RowGroupLimits, TablePlan } from '../core/source.js';

/** What rows become; the same for every thread of a run. */
export interface Work {
  readonly sourceKind: string;
  readonly tables: readonly TablePlan[];
  readonly misfits: MisfitPolicy;
  readonly format: FormatOptions;
  readonly limits: RowGroupLimits;
  /** Bytes after which a shard is closed. */
  readonly shardSize: number;
  /** Name of a shard but for `{table}`, `{index}` and the format's ending. */
  readonly shardName: string;
}

/** How a thread writes into the draft. */
export interface DraftTicket {
  /** The destination's name. */
  readonly destination: string;
  readonly ticket: unknown;
}

/** What a lane's thread starts with. The ticket holds secrets: it goes in and never comes out. */
export interface LaneStart extends Work {
  readonly ticket: unknown;
  readonly draft: DraftTicket;
  /** Encoder threads of this lane's own; 0: the lane encodes by itself. */
  readonly encoders: number;
}

/** To a lane. */
export type LaneCommand =
  | { readonly type: 'read'; readonly table: number; readonly range: number }
  | { readonly type: 'close' }
  | { readonly type: 'abort' };

/** What a lane did for one range. */
export interface RangeReceipt {
  readonly table: number;
  readonly range: number;
  readonly shards: readonly ShardReceipt[];
  /** What the source's reader saw, for `OpenSource.confirm`. */
  readonly evidence: unknown;
}

/** From a lane. */
export type LaneReport =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly receipt: RangeReceipt }
  | { readonly type: 'progress'; readonly rows: number; readonly bytesRead: number; readonly bytesWritten: number }
  | { readonly type: 'retry'; readonly message: string }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

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
  readonly target: number;
  readonly rows: number;
  readonly bytes: ArrayBuffer;
  readonly length: number;
  readonly meta: unknown;
  readonly facts: Facts;
}

/** From an encoder. */
export type EncodeResult =
  | { readonly type: 'encoded'; readonly portions: readonly SentPortion[] }
  | { readonly type: 'misfit'; readonly error: ErrorMessage; readonly column: number; readonly row: number }
  | { readonly type: 'failed'; readonly error: ErrorMessage };
