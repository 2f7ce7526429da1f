import type { RecoveryReport } from './destination.js';
import type { WorkSeconds } from './work.js';

/** What a run tells while it goes on. The command line draws it; a library user may listen. Never holds a secret. */
export type RunEvent =
  | {
      readonly type: 'opened';
      readonly tables: number;
      readonly estimatedRows: number | undefined;
      readonly lanes: number;
    }
  /** Entities are counted before rows are read, for ratios that are exact. */
  | { readonly type: 'counting'; readonly rows: number }
  | { readonly type: 'progress'; readonly rows: number; readonly bytesRead: number; readonly bytesWritten: number }
  /** What lanes and encoders spent time on since it was told last. */
  | { readonly type: 'work'; readonly work: WorkSeconds }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'retry'; readonly message: string }
  /** Something else has to end first; the message says what, and how long that is waited for. */
  | { readonly type: 'waiting'; readonly message: string }
  | { readonly type: 'publishing'; readonly shards: number }
  /** What was found of another run. `living`: nothing was done about it. `failed`: something of it stays. */
  | { readonly type: 'recovered'; readonly kind: RecoveryReport['kind']; readonly message: string };

export type RunListener = (event: RunEvent) => void;
