import cliProgress from 'cli-progress';
import { progressText, type ProgressState, type ProgressView, rowsPerSecond } from './progress.js';
import type { Terminal } from './terminal.js';

/** How often a line or a metric may come where nobody looks at a terminal, in milliseconds. */
export const beatInterval = 30_000;

const barWidth = 24;

const start: ProgressState = { rows: 0, bytesRead: 0, bytesWritten: 0, seconds: 0, estimatedRows: undefined };

/** One line on a terminal, drawn over and gone at the end. */
export function drawnLine(text: () => string): Omit<ProgressView, 'update'> {
  const bars = new cliProgress.MultiBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    fps: 5,
    format: text,
    forceRedraw: true,
  });
  bars.create(1, 0);
  return {
    say: (line) => bars.log(`${line}\n`),
    stop: () => {
      if (bars.isActive) bars.stop();
    },
  };
}

/** How far a run is, on a terminal. */
export function liveLine(terminal: Terminal): ProgressView {
  let latest = start;
  const line = drawnLine(() => drawLine(latest, terminal));
  return {
    ...line,
    update: (state) => {
      latest = state;
    },
  };
}

function drawLine(state: ProgressState, { noteColors }: Terminal): string {
  const { estimatedRows, rows } = state;
  if (estimatedRows === undefined || estimatedRows === 0) return progressText(state);
  const filled = Math.round(barWidth * Math.min(1, rows / estimatedRows));
  const bar = noteColors.cyan('█'.repeat(filled)) + noteColors.dim('░'.repeat(barWidth - filled));
  return `${bar} ${progressText(state)}`;
}

/** A line on stderr every 30 seconds: it keeps a platform's no-output timeout away, too. */
export function heartbeat(terminal: Terminal, now: () => ProgressState): ProgressView {
  const timer = setInterval(() => terminal.alert(progressText(now())), beatInterval).unref();
  return { update: () => undefined, say: terminal.alert, stop: () => clearInterval(timer) };
}

/** JSON metrics on stdout, one object a line, at most every 30 seconds and once at the end. */
export function metrics(terminal: Terminal, now: () => ProgressState): ProgressView {
  const timer = setInterval(() => terminal.print(metricLine(now())), beatInterval).unref();
  return { update: () => undefined, say: terminal.alert, stop: () => clearInterval(timer) };
}

export function metricLine(state: ProgressState): string {
  return JSON.stringify({
    rows: state.rows,
    bytes: state.bytesWritten,
    seconds: Number(state.seconds.toFixed(1)),
    rows_per_second: Math.round(rowsPerSecond(state)),
  });
}
