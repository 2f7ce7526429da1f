import { counted, formatBytes, formatCount } from '../core/units.js';
import type { RunEvent, RunListener } from '../core/progress.js';
import type { Terminal } from './terminal.js';
import { printable } from './printable.js';
import { formatSeconds } from './wording.js';

/** How far a run is. Counts are totals since it began. */
export interface ProgressState {
  readonly rows: number;
  /** Rows whose entities were counted, before any row was read, if they were. */
  readonly counted?: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Rows to expect; undefined where the server does not know. */
  readonly estimatedRows: number | undefined;
}

/** One way to show progress. */
export interface ProgressView {
  update(state: ProgressState): void;
  /** Prints a line without breaking the view. */
  say(line: string): void;
  /** Ends the view and releases its timers. */
  stop(): void;
}

export interface Progress {
  readonly listener: RunListener;
  state(): ProgressState;
  stop(): void;
}

/** Follows a run's events into views; `now` counts milliseconds. */
export function followProgress(views: readonly ProgressView[], terminal: Terminal, now: () => number): Progress {
  const began = now();
  let counts = { rows: 0, bytesRead: 0, bytesWritten: 0 };
  let looked: number | undefined;
  let estimatedRows: number | undefined;
  const state = (): ProgressState => ({
    ...counts,
    ...(looked !== undefined && { counted: looked }),
    estimatedRows,
    seconds: (now() - began) / 1000,
  });
  const warn = (line: string): void => {
    const view = views[0];
    if (view) view.say(line);
    else terminal.alert(line);
  };
  const listener = (event: RunEvent): void => {
    const { yellow } = terminal.noteColors;
    switch (event.type) {
      case 'opened':
        estimatedRows = event.estimatedRows;
        break;
      case 'counting':
        looked = event.rows;
        break;
      case 'progress':
        counts = { rows: event.rows, bytesRead: event.bytesRead, bytesWritten: event.bytesWritten };
        break;
      case 'waiting':
        if (!terminal.quiet) warn(`${yellow('waiting:')} ${printable(event.message)}`);
        return;
      case 'warning':
      case 'retry':
        warn(`${yellow(`${event.type}:`)} ${printable(event.message)}`);
        return;
      case 'recovered':
        if (event.kind === 'failed') warn(`${yellow('warning:')} ${printable(event.message)}`);
        else if (!terminal.quiet) warn(`${event.kind === 'living' ? 'note' : 'recovered'}: ${event.message}`);
        return;
      case 'publishing':
        if (!terminal.live) terminal.note(`publishing ${counted(event.shards, 'shard')}`);
    }
    const current = state();
    for (const view of views) view.update(current);
  };
  return {
    listener,
    state,
    stop: () => {
      for (const view of views) view.stop();
    },
  };
}

/** `1,200,000 rows, 84.1 MB, 310,000 rows/s, about 12 s left` */
export function progressText(state: ProgressState): string {
  const { rows, counted: looked = 0 } = state;
  if (rows === 0 && looked > 0) return `entities of ${formatCount(looked)} rows counted`;
  const speed = rowsPerSecond(state);
  const left = secondsLeft(state);
  return [
    `${formatCount(state.rows)} rows`,
    ...(state.bytesWritten > 0 ? [formatBytes(state.bytesWritten)] : []),
    ...(speed > 0 ? [`${formatCount(Math.round(speed))} rows/s`] : []),
    ...(left === undefined ? [] : [`about ${formatSeconds(left)} left`]),
  ].join(', ');
}

export function rowsPerSecond({ rows, seconds }: ProgressState): number {
  return seconds > 0 ? rows / seconds : 0;
}

/** The first seconds say little: connecting and starting threads are in them. */
const tooEarly = 3;

/** By the server's estimate; undefined without one, at the beginning, and once the estimate is passed. */
function secondsLeft(state: ProgressState): number | undefined {
  const { estimatedRows, rows, seconds } = state;
  if (estimatedRows === undefined || rows === 0 || seconds < tooEarly || rows >= estimatedRows) return undefined;
  return (estimatedRows - rows) / rowsPerSecond(state);
}
