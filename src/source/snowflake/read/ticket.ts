import type { ErrorContext } from '../../error-context.js';
import type { ChunkList } from '../connection/result.js';
import type { ApiToken } from '../connection/tokens.js';

/** A stored result, as lanes know it. */
export interface ResultName {
  /** Its place among the results of the run. */
  readonly index: number;
  /** Of the statement. */
  readonly id: string;
  /** Fields of its rows. */
  readonly fields: number;
}

/** Parts of a stored result, one after the other. */
export interface StoredParts {
  readonly result: ResultName;
  readonly parts: readonly PlannedPart[];
}

export interface PlannedPart {
  /** Its number in the result. */
  readonly part: number;
  readonly rows: number;
  /** Of its JSON. */
  readonly bytes: number;
}

/** What a lane asks the thread that has the session. */
export type Question =
  | { readonly kind: 'token' }
  /** The first part of a result, which came with the answer. */
  | { readonly kind: 'first rows'; readonly result: number }
  /** Where chunks are. `after`: the generation of addresses that have expired; 0: none is known. */
  | { readonly kind: 'chunks'; readonly result: number; readonly after: number }
  /** The result of a statement that nobody ran yet, or somebody did. */
  | { readonly kind: 'result'; readonly sql: string };

export type Answer = ApiToken | string | ChunkList | StoredParts;

/** What a lane needs to read results. Plain data, without a token. */
export interface Ticket {
  /** Where it is asked for tokens and addresses. */
  readonly desk: string;
  /** `https://host` of the SQL API; undefined: rows come in chunks. */
  readonly api: string | undefined;
  /** Of the run's statements, by their places. */
  readonly results: readonly StoredParts[];
  readonly stallLimit: number;
  readonly nullsMisfits: boolean;
  readonly told: Omit<ErrorContext, 'doing'>;
}

/** What a range is to Snowflake. */
export interface RangeDetail {
  /** The place of the table in the request. */
  readonly table: number;
  /** Parts of a result, or all rows of a statement that is run when they are wanted. */
  readonly of: StoredParts | { readonly sql: string };
  /** The most rows that are wanted; undefined: all. */
  readonly limit: number | undefined;
  /** Columns that are wanted, by their places in a row; undefined: all. */
  readonly only?: readonly number[];
}

/** What a lane saw of a range. */
export interface RangeEvidence {
  readonly table: number;
  readonly piece: string;
  readonly rows: number;
  /** They are all rows of a table of which some are read besides; their count was looked at. */
  readonly isWhole: boolean;
}
