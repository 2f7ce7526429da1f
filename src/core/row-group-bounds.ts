import { type LongRow, LongRowError } from './long-row-error.js';
import type { RowGroupLimits } from './source.js';

/**
 * Where row groups end: after `limits.rows` rows, or before the row that would make the group larger than
 * `limits.bytes`. A row that is larger than the limit by itself is a row group of its own. Every road from a server
 * counts the same frame bytes through this one rule, so the cuts depend on the rows alone, never on timing.
 */
export class RowGroupBounds {
  private rows = 0;
  private bytes = 0;
  /** Of row groups that have ended. */
  private earlierRows = 0;

  /** @param besides bytes of each row's frame that are not of columns that are written: not all runs read them */
  constructor(
    private readonly limits: RowGroupLimits,
    private readonly besides = 0,
  ) {}

  /** Counts rows of so many bytes together, where all of them are in the row group at hand; where not, none is counted. */
  takes(rows: number, bytes: number): boolean {
    const { limits } = this;
    if (this.rows + rows > limits.rows || this.bytes + bytes > limits.bytes) return false;
    this.rows += rows;
    this.bytes += bytes;
    return true;
  }

  /**
   * Counts a row's frame of `frameBytes` bytes (its header included). True when it starts a new row group: cut before it. Never true for
   * the first frame of a range.
   */
  startsNew(frameBytes: number): boolean {
    const { limits } = this;
    const bytes = frameBytes - this.besides;
    const cut = this.rows > 0 && (this.rows >= limits.rows || this.bytes + bytes > limits.bytes);
    if (cut) this.earlierRows += this.rows;
    this.rows = cut ? 1 : this.rows + 1;
    this.bytes = cut ? bytes : this.bytes + bytes;
    return cut;
  }

  /**
   * Called when a frame of which not all is there is known to be so long, by sources whose frames may be of any length.
   * @param value gives the value that makes it so long
   * @throws LongRowError where it is longer than there is memory for
   */
  assertRoom(frameBytes: number, value: () => LongRow['value']): void {
    const { longestRow } = this.limits;
    if (longestRow === undefined || frameBytes <= longestRow.bytes) return;
    throw new LongRowError({ row: this.earlierRows + this.rows, bytes: frameBytes, value: value() }, longestRow);
  }
}
