import type { HostSettings } from '../settings.js';

/** What was going on, so that a message can say more than the server knows. Nothing here is a secret but `secrets`. */
export interface ErrorContext {
  /** The message's beginning: `reading pages 0–99 of shop.orders`. */
  readonly doing?: string;
  readonly host?: HostSettings;
  readonly user?: string;
  readonly database?: string;
  /** Milliseconds that connecting may take. */
  readonly timeout?: number;
  /** Milliseconds after which the server ends a statement, where it does. */
  readonly statementTimeout?: number;
  /** What the statement reads, for a GRANT in a hint: `shop.orders`. */
  readonly relation?: string;
  /** The user's SQL as it stands in the statement sent, from its character `offset`: to show where the server stumbled. */
  readonly sql?: { readonly text: string; readonly offset: number };
  /** The query as the user wrote it, where `sql` is not given: what it says may be shown. */
  readonly query?: string;
  /** Values that must not be seen: the server quotes parameters in its messages. */
  readonly secrets?: readonly string[];
  /** No value may be seen: columns are masked or redacted, and the server quotes values in its messages. */
  readonly hideValues?: boolean;
}
