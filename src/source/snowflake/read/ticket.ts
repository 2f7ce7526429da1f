import type { ErrorContext } from '../connection/errors.js';
import type { ChunkList } from '../connection/result.js';
import type { ApiToken } from '../connection/tokens.js';

/** What a lane asks the thread that has the session. */
export type Question =
  | { readonly kind: 'token' }
  /** The first part of a result, which came with the answer. */
  | { readonly kind: 'first rows'; readonly result: number }
  /** Where chunks are. `after`: the generation of addresses that have expired; 0: none is known. */
  | { readonly kind: 'chunks'; readonly result: number; readonly after: number };

export type Answer = ApiToken | string | ChunkList;

/** What a lane needs to read results. Plain data, without a token. */
export interface Ticket {
  /** Where it is asked for tokens and addresses. */
  readonly desk: string;
  /** `https://host` of the SQL API; undefined: rows come in chunks. */
  readonly api: string | undefined;
  /** The ids of the statements, by table of the request. */
  readonly statements: readonly string[];
  /** Fields of their rows. */
  readonly fields: readonly number[];
  readonly stallLimit: number;
  readonly nullsMisfits: boolean;
  readonly told: Omit<ErrorContext, 'doing'>;
}

/** What a range is to Snowflake: parts of a result, one after the other. */
export interface RangeDetail {
  /** The place of the table in the request. */
  readonly table: number;
  readonly parts: readonly PlannedPart[];
  /** The most rows that are wanted; undefined: all. */
  readonly limit: number | undefined;
  /** Columns that are wanted, by their places in a row; undefined: all. */
  readonly only?: readonly number[];
}

export interface PlannedPart {
  /** Its number in the result. */
  readonly part: number;
  readonly rows: number;
  /** Of its JSON. */
  readonly bytes: number;
}

/** What a lane saw of a range. */
export interface RangeEvidence {
  readonly table: number;
  readonly piece: string;
  readonly rows: number;
}
