import pc from 'picocolors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressText, followProgress, type ProgressView } from '../../src/cli/progress.js';
import { beatInterval, heartbeat, metricLine, metrics } from '../../src/cli/progress-views.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { formatSeconds } from '../../src/cli/wording.js';

const state = { rows: 0, bytesRead: 0, bytesWritten: 0, seconds: 0, estimatedRows: undefined };

interface Recorder extends Terminal {
  readonly lines: string[];
}

function recorder(changes: Partial<Terminal> = {}): Recorder {
  const lines: string[] = [];
  const colors = pc.createColors(false);
  return {
    lines,
    ...{ json: false, quiet: false, live: false, colors, noteColors: colors },
    print: (line) => void lines.push(`out ${line}`),
    note: (line) => void lines.push(`note ${line}`),
    alert: (line) => void lines.push(`alert ${line}`),
    ...changes,
  };
}

describe('how far a run is, in words', () => {
  it.each([
    [{}, '0 rows'],
    [{ rows: 1000, seconds: 2 }, '1,000 rows, 500 rows/s'],
    [
      { rows: 1000, seconds: 10, estimatedRows: 4000, bytesWritten: 5e6 },
      '1,000 rows, 5.00 MB, 100 rows/s, about 30 s left',
    ],
    [{ rows: 5000, seconds: 10, estimatedRows: 4000 }, '5,000 rows, 500 rows/s'],
    [{ rows: 10, seconds: 1, estimatedRows: 4000 }, '10 rows, 10 rows/s'],
    [{ counted: 2000, seconds: 1, estimatedRows: 4000 }, 'entities of 2,000 rows counted'],
    [{ rows: 10, counted: 2000, seconds: 1, estimatedRows: 4000 }, '10 rows, 10 rows/s'],
  ])('%j', (changes, text) => {
    expect(progressText({ ...state, ...changes })).toBe(text);
  });

  it.each([
    [0, '0.0 s'],
    [9.96, '10 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%f seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});

describe('following events', () => {
  it('keeps the latest totals and the estimate', () => {
    let clock = 0;
    const seen: unknown[] = [];
    const view: ProgressView = {
      update: (latest) => void seen.push(latest),
      say: () => undefined,
      stop: () => undefined,
    };
    const { listener, state: latest } = followProgress([view], recorder(), () => clock);
    listener({ type: 'opened', tables: 1, estimatedRows: 100, lanes: 2 });
    clock = 2500;
    listener({ type: 'progress', rows: 50, bytesRead: 600, bytesWritten: 300 });
    expect(seen).toHaveLength(2);
    expect(latest()).toEqual({ rows: 50, bytesRead: 600, bytesWritten: 300, seconds: 2.5, estimatedRows: 100 });
    listener({ type: 'counting', rows: 70 });
    expect(latest()).toMatchObject({ rows: 50, counted: 70 });
  });

  it('prints warnings even when it is quiet, through the view where there is one', () => {
    const terminal = recorder({ quiet: true });
    followProgress([], terminal, () => 0).listener({ type: 'warning', message: 'careful' });
    expect(terminal.lines).toEqual(['alert warning: careful']);
    const said: string[] = [];
    const view: ProgressView = { update: () => undefined, say: (line) => void said.push(line), stop: () => undefined };
    const { listener } = followProgress([view], recorder(), () => 0);
    listener({ type: 'recovered', kind: 'removed', message: 'old staging' });
    listener({ type: 'recovered', kind: 'living', message: 'another run' });
    listener({ type: 'recovered', kind: 'failed', message: 'it stays' });
    expect(said).toEqual(['recovered: old staging', 'note: another run', 'warning: it stays']);
    followProgress([view], recorder({ quiet: true }), () => 0).listener({
      type: 'recovered',
      kind: 'removed',
      message: 'x',
    });
    expect(said).toHaveLength(3);
  });
});

describe('where nobody looks at a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['a heartbeat goes to stderr', heartbeat, 'alert 7 rows'],
    ['a metric goes to stdout', metrics, 'out {"rows":7,"bytes":0,"seconds":0,"rows_per_second":0}'],
  ])('%s every 30 seconds until it is stopped', (_, open, line) => {
    const terminal = recorder();
    const view = open(terminal, () => ({ ...state, rows: 7 }));
    vi.advanceTimersByTime(29_999);
    expect(terminal.lines).toEqual([]);
    vi.advanceTimersByTime(1 + 2 * beatInterval);
    expect(terminal.lines).toEqual([line, line, line]);
    view.stop();
    vi.advanceTimersByTime(10 * beatInterval);
    expect(terminal.lines).toHaveLength(3);
  });

  it('a metric is one JSON object of numbers on one line', () => {
    const line = metricLine({ ...state, rows: 1000, bytesWritten: 5, seconds: 3.14159 });
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({ rows: 1000, bytes: 5, seconds: 3.1, rows_per_second: 318 });
  });
});
