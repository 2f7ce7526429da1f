import type { Clock } from '../core/clock.js';
import type { RowSink } from '../core/source.js';
import type { LaneReport } from './messages.js';

/** Counts a range's rows and bytes, and tells them at most five times a second. */
export class LaneProgress {
  private rows = 0;
  private bytesRead = 0;
  private bytesWritten = 0;
  private told = { rows: 0, bytesRead: 0, bytesWritten: 0 };
  private readonly endTelling: () => void;

  constructor(
    clock: Clock,
    private readonly report: (report: LaneReport) => void,
  ) {
    this.endTelling = clock.every(200, () => this.tell());
  }

  watch(sink: RowSink): RowSink {
    return {
      rows: (bytes, start, end, count) => {
        this.rows += count;
        this.bytesRead += end - start;
        return sink.rows(bytes, start, end, count);
      },
      cut: () => sink.cut(),
      batch: (batch, bytes, nulled) => {
        this.rows += batch.numRows;
        this.bytesRead += bytes;
        return sink.batch(batch, bytes, nulled);
      },
    };
  }

  wrote(bytes: number): void {
    this.bytesWritten += bytes;
  }

  /** The range will be read again, or the run ends: what was told does not count. */
  takeBack(): void {
    this.rows = this.bytesRead = this.bytesWritten = 0;
  }

  end(): void {
    this.endTelling();
    this.tell();
  }

  private tell(): void {
    const { rows, bytesRead, bytesWritten, told } = this;
    if (rows === told.rows && bytesWritten === told.bytesWritten && bytesRead === told.bytesRead) return;
    const difference = {
      rows: rows - told.rows,
      bytesRead: bytesRead - told.bytesRead,
      bytesWritten: bytesWritten - told.bytesWritten,
    };
    this.told = { rows, bytesRead, bytesWritten };
    this.report({ type: 'progress', ...difference });
  }
}
