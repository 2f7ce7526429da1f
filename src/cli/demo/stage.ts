import type { StatementResult } from './sql.js';

/** A server on which the story is told. */
export interface Stage {
  /** Name and version: PostgreSQL 18. */
  readonly title: string;
  readonly host: string;
  readonly port: number;
  /** Of a user who may read the table, for `--source`. */
  readonly url: string;
  /** The form of such a URL, for a server of the reader's own. */
  readonly form: string;
  /** Whether `docker/compose.yaml` starts a server of this kind. */
  readonly composed: boolean;
  /** Makes the table customer_data. The signal ends it. */
  fill(rows: number, signal: AbortSignal): Promise<unknown>;
  /** Changes the table as three months do. */
  change(signal: AbortSignal): Promise<readonly StatementResult[]>;
  stop(): Promise<void>;
}
