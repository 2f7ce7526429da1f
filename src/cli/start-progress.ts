import { followProgress, type Progress, type ProgressView } from './progress.js';
import { heartbeat, liveLine, metrics } from './progress-views.js';
import type { Terminal } from './terminal.js';

/** Shows how far a run is, as the terminal can. @param measured as metrics of the platform, too */
export function startProgress(terminal: Terminal, measured: boolean): Progress {
  const views: ProgressView[] = [];
  const progress = followProgress(views, terminal, () => performance.now());
  if (terminal.live && !terminal.quiet) views.push(liveLine(terminal));
  else if (!terminal.quiet) views.push(heartbeat(terminal, progress.state));
  if (measured) views.push(metrics(terminal, progress.state));
  return progress;
}
