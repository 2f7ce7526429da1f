/** What was going on, so that a message can say more than the service knows. */
export interface ErrorContext {
  /** Completes "cannot …". */
  readonly doing: string;
  /** Who asked, for people; undefined: nobody yet. */
  readonly identity: string | undefined;
  /** Values that must not be seen: the service quotes values in its messages. */
  readonly secrets: readonly string[];
  /** No value may be seen: columns are masked or redacted. */
  readonly hideValues: boolean;
}
