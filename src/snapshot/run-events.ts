import type { Clock } from '../core/clock.js';
import type { RunListener } from '../core/progress.js';
import type { OpenSource } from '../core/source.js';
import { confusableColumns } from './column-names.js';
import { addWork, noWork } from '../core/work.js';
import type { Threads } from './threads.js';

/** What the run notes for the manifest while it tells the listener. */
export class RunEvents {
  readonly warnings: string[] = [];
  retries = 0;
  work = noWork;
  bytesRead = 0;
  encodersPerLane = 0;
  private readonly cpuBefore = process.cpuUsage();
  private readonly begun: number;

  constructor(
    private readonly tell: RunListener,
    warnings: readonly string[],
    private readonly clock: Clock,
  ) {
    this.begun = clock.now();
    for (const message of warnings) this.warn(message);
  }

  readonly listener: RunListener = (event) => {
    if (event.type === 'retry') this.retries += 1;
    if (event.type === 'work') this.work = addWork(this.work, event.work);
    if (event.type === 'progress') this.bytesRead = event.bytesRead;
    this.tell(event);
  };

  /** Seconds for which the process has had a core since the run began. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage(this.cpuBefore);
    return (user + system) / 1e6;
  }

  /** How long the run has gone on. */
  seconds(): number {
    return (this.clock.now() - this.begun) / 1000;
  }

  /** Once, also where the run had to begin anew. */
  warn(message: string): void {
    if (this.warnings.includes(message)) return;
    this.warnings.push(message);
    this.tell({ type: 'warning', message });
  }

  opened(source: OpenSource, threads: Threads): void {
    this.encodersPerLane = threads.encodersPerLane;
    for (const message of [...source.warnings, ...confusableColumns(source.tables)]) this.warn(message);
    const known = source.tables.map((table) => table.estimatedRows);
    const estimatedRows = known.includes(undefined) ? undefined : known.reduce<number>((sum, rows) => sum + rows!, 0);
    this.tell({ type: 'opened', tables: source.tables.length, estimatedRows, lanes: threads.lanes });
  }
}
